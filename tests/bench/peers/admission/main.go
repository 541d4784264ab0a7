// The peer of tests/bench/admission: a validating webhook for SandboxAgents of the usual make, on controller-runtime. It
// decodes the review and the object into types and judges the same things: the kind of agent, its declarative part, the
// names of tools and skills, and every allowed domain (form, duplicates, coverage, public suffixes, cluster ranges).
package main

import (
	"context"
	"flag"
	"fmt"
	"net/http"
	"net/netip"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/net/publicsuffix"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/validation/field"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/log/zap"
	"sigs.k8s.io/controller-runtime/pkg/webhook"
	"sigs.k8s.io/controller-runtime/pkg/webhook/admission"
)

type SandboxAgent struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata,omitempty"`
	Spec              Spec `json:"spec"`
}

type Spec struct {
	Type        string       `json:"type,omitempty"`
	Description string       `json:"description,omitempty"`
	Declarative *Declarative `json:"declarative,omitempty"`
	BYO         *struct{}    `json:"byo,omitempty"`
	Skills      *Skills      `json:"skills,omitempty"`
	Sandbox     *Sandbox     `json:"sandbox,omitempty"`
}

type Declarative struct {
	Runtime       string `json:"runtime,omitempty"`
	ModelConfig   string `json:"modelConfig,omitempty"`
	SystemMessage string `json:"systemMessage,omitempty"`
	Tools         []Tool `json:"tools,omitempty"`
}

type Tool struct {
	Type      string     `json:"type,omitempty"`
	McpServer *ToolNames `json:"mcpServer,omitempty"`
	Agent     *ToolNames `json:"agent,omitempty"`
}

type ToolNames struct {
	Name      string   `json:"name"`
	ToolNames []string `json:"toolNames,omitempty"`
}

type Skills struct {
	Refs []string `json:"refs,omitempty"`
}

type Sandbox struct {
	Network *Network `json:"network,omitempty"`
}

type Network struct {
	AllowedDomains []string `json:"allowedDomains,omitempty"`
}

// Never called on this path: the decoder makes its own objects.
func (a *SandboxAgent) DeepCopyObject() runtime.Object {
	copied := *a
	return &copied
}

var noProxy = []netip.Prefix{
	netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("172.16.0.0/12"),
	netip.MustParsePrefix("192.168.0.0/16"), netip.MustParsePrefix("169.254.0.0/16"),
	netip.MustParsePrefix("127.0.0.0/8"),
}

func checkLabels(host string) error {
	labels := strings.Split(host, ".")
	if len(labels) < 2 {
		return fmt.Errorf("a single label matches nothing: write a whole name")
	}
	for _, label := range labels {
		if label == "" || len(label) > 63 {
			return fmt.Errorf("an empty or too long label")
		}
		for i := 0; i < len(label); i++ {
			c := label[i]
			if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' && c != '_' {
				return fmt.Errorf("unexpected character %q", c)
			}
		}
		if label[0] == '-' || label[len(label)-1] == '-' {
			return fmt.Errorf("a label begins or ends with a hyphen")
		}
	}
	return nil
}

// checkDomain gives the folded name, or why the entry is refused.
func checkDomain(entry string) (string, error) {
	host := strings.ToLower(entry)
	if strings.Contains(host, "://") {
		return "", fmt.Errorf("a scheme does not belong here")
	}
	if strings.ContainsAny(host, "/@ ") {
		return "", fmt.Errorf("only a name belongs here")
	}
	if at := strings.LastIndexByte(host, ':'); at >= 0 && !strings.HasSuffix(host, "]") {
		port, err := strconv.Atoi(host[at+1:])
		if err != nil || port < 1 || port > 65535 {
			return "", fmt.Errorf("port out of range")
		}
		host = host[:at]
	}
	if _, err := netip.ParseAddr(strings.Trim(host, "[]")); err == nil {
		return host, nil
	}
	name := strings.TrimPrefix(host, "*.")
	if strings.ContainsRune(name, '*') {
		return "", fmt.Errorf("a wildcard stands alone in the first label: *.example.com")
	}
	return host, checkLabels(name)
}

func checkDomains(domains []string, at *field.Path) (field.ErrorList, []string) {
	var errs field.ErrorList
	var warnings []string
	seen := make(map[string]int, len(domains))
	for i, entry := range domains {
		host, err := checkDomain(entry)
		if err != nil {
			errs = append(errs, field.Invalid(at.Index(i), entry, err.Error()))
			continue
		}
		if first, ok := seen[host]; ok {
			warnings = append(warnings, fmt.Sprintf("%s is listed twice, first at %d", host, first))
			continue
		}
		seen[host] = i
	}
	for host := range seen {
		if name, ok := strings.CutPrefix(host, "*."); ok {
			if suffix, _ := publicsuffix.PublicSuffix(name); suffix == name {
				warnings = append(warnings, host+" allows a whole public suffix")
			}
		}
		if addr, err := netip.ParseAddr(host); err == nil {
			for _, prefix := range noProxy {
				if prefix.Contains(addr) {
					warnings = append(warnings, host+" is never asked through the proxy")
				}
			}
			continue
		}
		for rest := host; ; {
			_, parent, ok := strings.Cut(rest, ".")
			if !ok {
				break
			}
			if _, covered := seen["*."+parent]; covered && "*."+parent != host {
				warnings = append(warnings, host+" is covered by *."+parent)
				break
			}
			rest = parent
		}
	}
	return errs, warnings
}

func checkSpec(spec *Spec) (field.ErrorList, []string) {
	var errs field.ErrorList
	at := field.NewPath("spec")
	switch spec.Type {
	case "", "Declarative":
		if spec.Declarative == nil || spec.BYO != nil {
			errs = append(errs, field.Required(at.Child("declarative"), "type is Declarative"))
		}
	case "BYO":
		if spec.BYO == nil || spec.Declarative != nil {
			errs = append(errs, field.Required(at.Child("byo"), "type is BYO"))
		}
	default:
		errs = append(errs, field.NotSupported(at.Child("type"), spec.Type, []string{"Declarative", "BYO"}))
	}
	if spec.Declarative != nil {
		for i, tool := range spec.Declarative.Tools {
			if (tool.McpServer == nil) == (tool.Agent == nil) {
				errs = append(errs, field.Invalid(at.Child("declarative", "tools").Index(i), tool.Type, "one of mcpServer and agent"))
			}
		}
	}
	if spec.Skills != nil {
		seen := map[string]bool{}
		for i, ref := range spec.Skills.Refs {
			if ref == "" || seen[ref] {
				errs = append(errs, field.Duplicate(at.Child("skills", "refs").Index(i), ref))
			}
			seen[ref] = true
		}
	}
	if spec.Sandbox == nil || spec.Sandbox.Network == nil {
		return errs, nil
	}
	more, warnings := checkDomains(spec.Sandbox.Network.AllowedDomains, at.Child("sandbox", "network", "allowedDomains"))
	return append(errs, more...), warnings
}

type validator struct{ decoder admission.Decoder }

func (v *validator) Handle(_ context.Context, request admission.Request) admission.Response {
	agent := &SandboxAgent{}
	if err := v.decoder.Decode(request, agent); err != nil {
		return admission.Errored(http.StatusBadRequest, err)
	}
	errs, warnings := checkSpec(&agent.Spec)
	if len(errs) > 0 {
		return admission.Denied(errs.ToAggregate().Error()).WithWarnings(warnings...)
	}
	return admission.Allowed("").WithWarnings(warnings...)
}

func main() {
	port := flag.Int("port", 9443, "where reviews are answered")
	certs := flag.String("cert-dir", "", "folder of tls.crt and tls.key")
	flag.Parse()
	ctrl.SetLogger(zap.New())
	group := schema.GroupVersion{Group: "kagent.dev", Version: "v1alpha2"}
	scheme := runtime.NewScheme()
	scheme.AddKnownTypes(group, &SandboxAgent{})
	metav1.AddToGroupVersion(scheme, group)
	server := webhook.NewServer(webhook.Options{Host: "127.0.0.1", Port: *port, CertDir: *certs})
	server.Register("/validate", &webhook.Admission{Handler: &validator{admission.NewDecoder(scheme)}})
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, os.Interrupt)
	defer stop()
	if err := server.Start(ctx); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

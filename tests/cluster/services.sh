# What a cluster offers its pods: names (CoreDNS) and images (a registry), both as processes of the host on the node's
# address. Needs state.sh, pki.sh, control-plane.sh.
# shellcheck shell=bash disable=SC2154 # addresses and modes are set by the script that sources this

coredns_rights() {
	cat <<-YAML
		apiVersion: rbac.authorization.k8s.io/v1
		kind: ClusterRole
		metadata: {name: "sandgate:coredns"}
		rules:
		- {apiGroups: [""], resources: [services, pods, namespaces], verbs: [list, watch]}
		- {apiGroups: [discovery.k8s.io], resources: [endpointslices], verbs: [list, watch]}
		---
		apiVersion: rbac.authorization.k8s.io/v1
		kind: ClusterRoleBinding
		metadata: {name: "sandgate:coredns"}
		roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: "sandgate:coredns"}
		subjects: [{apiGroup: rbac.authorization.k8s.io, kind: User, name: "system:coredns"}]
	YAML
}

# `hosts` is asked before `kubernetes`, whatever their order here: without its fallthrough no cluster name would answer.
coredns_config() {
	cat <<-COREFILE
		.:53 {
		    bind $node_ip
		    errors
		    reload 2s 1s
		    hosts {
		        $node_ip $registry_name
		        import $SANDGATE_STATE/hosts.d/*
		        ttl 5
		        fallthrough
		    }
		    kubernetes cluster.local in-addr.arpa {
		        kubeconfig $SANDGATE_STATE/conf/coredns.kubeconfig sandgate-test
		        pods insecure
		        ttl 5
		    }
		    $(! grep -q '^nameserver' /etc/resolv.conf || echo "forward . /etc/resolv.conf")
		}
	COREFILE
}

registry_config() {
	cat <<-YAML
		version: 0.1
		log: {level: warn, accesslog: {disabled: true}}
		storage:
		  filesystem: {rootdirectory: $SANDGATE_DATA/registry}
		  delete: {enabled: true}
		http: {addr: "$node_ip:$registry_port"}
	YAML
}

start_services() {
	make_certificate coredns /CN=system:coredns
	make_kubeconfig "$SANDGATE_STATE/conf/coredns.kubeconfig" coredns "https://$api_address:$api_port"
	coredns_rights | kubectl apply -f - >/dev/null
	coredns_config >"$SANDGATE_STATE/conf/Corefile"
	start_process coredns coredns -conf "$SANDGATE_STATE/conf/Corefile"
	registry_config >"$SANDGATE_STATE/conf/registry.yaml"
	start_process registry env OTEL_TRACES_EXPORTER=none registry serve "$SANDGATE_STATE/conf/registry.yaml"
	await registry 20 curl -sf --max-time 2 "http://$registry_name:$registry_port/v2/"
}

cluster_dns_answers() {
	busybox nslookup -type=a kubernetes.default.svc.cluster.local "$node_ip" | grep -q "$first_service_ip"
}

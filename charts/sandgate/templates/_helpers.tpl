{{- define "sandgate.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 40 | trimSuffix "-" -}}
{{- else -}}
{{- $name := default .Chart.Name .Values.nameOverride -}}
{{- if contains $name .Release.Name -}}
{{- .Release.Name | trunc 40 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name $name | trunc 40 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{- /* The labels by which a component's pods are selected: they must never change. Takes (list $ COMPONENT). */ -}}
{{- define "sandgate.selector" -}}
{{- $root := index . 0 -}}
app.kubernetes.io/name: {{ default $root.Chart.Name $root.Values.nameOverride }}
app.kubernetes.io/instance: {{ $root.Release.Name }}
app.kubernetes.io/component: {{ index . 1 }}
{{- end -}}

{{- define "sandgate.labels" -}}
{{- $root := index . 0 -}}
{{ include "sandgate.selector" . }}
app.kubernetes.io/version: {{ $root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ $root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" $root.Chart.Name $root.Chart.Version | replace "+" "_" }}
{{- end -}}

{{- /* The image of a component. Takes (list $ COMPONENT). */ -}}
{{- define "sandgate.image" -}}
{{- $root := index . 0 -}}
{{- $image := $root.Values.image -}}
{{- $name := printf "sandgate-%s:%s" (index . 1) (default $root.Chart.AppVersion $image.tag) -}}
{{- list $image.registry $image.repository $name | compact | join "/" -}}
{{- end -}}

{{- define "sandgate.imagePullSecrets" -}}
{{- with .Values.image.pullSecrets }}
imagePullSecrets:
  {{- range . }}
  - name: {{ . }}
  {{- end }}
{{- end }}
{{- end -}}

{{- define "sandgate.podSecurityContext" -}}
runAsNonRoot: true
runAsUser: 65532
runAsGroup: 65532
fsGroup: 65532
fsGroupChangePolicy: OnRootMismatch
seccompProfile:
  type: RuntimeDefault
{{- end -}}

{{- define "sandgate.containerSecurityContext" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities:
  drop: [ALL]
{{- end -}}

{{- /* Where a pod is placed. Takes the values of a component. */ -}}
{{- define "sandgate.placement" -}}
{{- with .nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .affinity }}
affinity:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
{{- end -}}

{{- /* "true" or nothing: whether this release brings a CRD. Takes (list $ CRD-NAME ENABLED). */ -}}
{{- define "sandgate.bringsCrd" -}}
{{- $root := index . 0 -}}
{{- $enabled := toString (index . 2) -}}
{{- if eq $enabled "auto" -}}
{{- $found := lookup "apiextensions.k8s.io/v1" "CustomResourceDefinition" "" (index . 1) -}}
{{- $notes := dig "metadata" "annotations" dict $found -}}
{{- if not $found -}}
true
{{- else if and (eq (get $notes "meta.helm.sh/release-name") $root.Release.Name) (eq (get $notes "meta.helm.sh/release-namespace") $root.Release.Namespace) -}}
true
{{- end -}}
{{- else if eq $enabled "true" -}}
true
{{- end -}}
{{- end -}}

{{- /* A CRD of files/crds with the release's labels and annotations, as a dict in YAML. Takes (list $ CRD-NAME). */ -}}
{{- define "sandgate.crd" -}}
{{- $root := index . 0 -}}
{{- $crd := $root.Files.Get (printf "files/crds/%s.yaml" (index . 1)) | fromYaml -}}
{{- $_ := set $crd.metadata "labels" (include "sandgate.labels" (list $root "crds") | fromYaml) -}}
{{- if $root.Values.crds.keep -}}
{{- $_ := set $crd.metadata "annotations" (dict "helm.sh/resource-policy" "keep") -}}
{{- end -}}
{{- toYaml $crd -}}
{{- end -}}

{{- /* "true" or nothing: whether this release serves v1alpha3, which takes our own CRD. */ -}}
{{- define "sandgate.servesV1alpha3" -}}
{{- if .Values.crds.sandboxAgent.v1alpha3 -}}
{{- include "sandgate.bringsCrd" (list . "sandboxagents.kagent.dev" .Values.crds.sandboxAgent.enabled) -}}
{{- end -}}
{{- end -}}

{{- /* "true" or nothing: whether the store lives on a claim. */ -}}
{{- define "sandgate.storeIsPersistent" -}}
{{- $store := .Values.store.persistence -}}
{{- if .Values.store.postgres.enabled -}}
{{- else if $store.existingClaim -}}
true
{{- else if eq (toString $store.enabled) "true" -}}
true
{{- else if eq (toString $store.enabled) "auto" -}}
{{- if or $store.storageClassName (lookup "v1" "PersistentVolumeClaim" .Release.Namespace (include "sandgate.storeClaim" .)) -}}
true
{{- else -}}
{{- range (lookup "storage.k8s.io/v1" "StorageClass" "" "").items -}}
{{- if eq (dig "metadata" "annotations" "storageclass.kubernetes.io/is-default-class" "" .) "true" -}}
true
{{- break -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{- define "sandgate.storeClaim" -}}
{{- default (printf "%s-store" (include "sandgate.fullname" .)) .Values.store.persistence.existingClaim -}}
{{- end -}}

{{- /* key=value,key=value, as the controller takes labels on its command line. */ -}}
{{- define "sandgate.labelList" -}}
{{- $pairs := list -}}
{{- range $key, $value := . -}}
{{- $pairs = append $pairs (printf "%s=%s" $key $value) -}}
{{- end -}}
{{- join "," $pairs -}}
{{- end -}}

{{- /* The Secret with the serving certificate when the webhook does not make its own; else nothing. */ -}}
{{- define "sandgate.foreignCertificate" -}}
{{- $certificate := .Values.webhook.certificate -}}
{{- if and $certificate.existingSecret $certificate.certManager.enabled -}}
{{- fail "webhook.certificate: existingSecret and certManager.enabled exclude each other" -}}
{{- else if $certificate.existingSecret -}}
{{- $_ := required "webhook.certificate.existingSecret needs webhook.certificate.caBundle: the CA that signed it" $certificate.caBundle -}}
{{- $certificate.existingSecret -}}
{{- else if $certificate.certManager.enabled -}}
{{- printf "%s-webhook-tls" (include "sandgate.fullname" .) -}}
{{- end -}}
{{- end -}}

{{- /* The annotation by which cert-manager writes the caBundle into an object. */ -}}
{{- define "sandgate.caInjection" -}}
{{- if .Values.webhook.certificate.certManager.enabled -}}
cert-manager.io/inject-ca-from: {{ .Release.Namespace }}/{{ include "sandgate.fullname" . }}-webhook
{{- end -}}
{{- end -}}

# What the controller's integration tests share. Sourced after tests/lib/claims.sh and tests/cluster/versions, with $bin set.
# There is no kubelet: pods are declared ready here.
# shellcheck shell=bash disable=SC2154 # $work, $top and $bin are of the script that sources this

k() {
	kubectl -n kagent "$@"
}

agent() {
	k get sandboxagent "${2:-one}" -o jsonpath="$1"
}

condition() {
	agent "{.status.conditions[?(@.type=='$1')].$2}" "${3:-one}"
}

is() {
	local is

	is=$("${@:2}") || return 1
	[ "$is" = "$1" ] || {
		echo "is \"$is\", not \"$1\""
		return 1
	}
}

says() {
	local is

	is=$("${@:2}") || return 1
	[[ $is == *"$1"* ]] || {
		echo "\"$is\" does not say \"$1\""
		return 1
	}
}

gone() {
	! k get "$@" >/dev/null 2>&1
}

# start_controller [FLAG...]
start_controller() {
	"$bin/sandgate-controller" "$@" --kubeconfig "$KUBECONFIG" --health-probe-bind-address 127.0.0.1:0 \
		--http-server-address 127.0.0.1:0 --database-path "$work/store.db" 2>>"$work/controller.log" &
	controller=$!
	started "$controller"
}

# apply NAME [EXTRA LINES OF THE SPEC]
apply() {
	cat <<-YAML | kubectl apply -f - >/dev/null
		apiVersion: kagent.dev/v1alpha2
		kind: SandboxAgent
		metadata: {name: $1, namespace: kagent}
		spec:
		  type: Declarative
		  declarative: {modelConfig: model, systemMessage: "${message:-You are a test.}"}
		${2:-}
	YAML
}

model() {
	kubectl apply -f - >/dev/null <<-'YAML'
		apiVersion: kagent.dev/v1alpha2
		kind: ModelConfig
		metadata: {name: model, namespace: kagent}
		spec: {provider: OpenAI, model: m, apiKeySecret: key, apiKeySecretKey: k}
	YAML
}

# install_agent_sandbox VERSION [FLAG...]: its kinds and its controller; sets $agent_sandbox.
install_agent_sandbox() {
	local release=$SANDGATE_CACHE/agent-sandbox-$1

	shift
	kubectl apply --server-side --force-conflicts -f "$release/manifests/crds" >/dev/null
	"$release/agent-sandbox-controller" "$@" --kubeconfig "$KUBECONFIG" --leader-elect=false \
		--metrics-bind-address=0 --health-probe-bind-address=0 >"$work/agent-sandbox.log" 2>&1 &
	agent_sandbox=$!
	started "$agent_sandbox"
}

# What a kubelet would say of a pod that runs.
pod_says() {
	k patch pod "${2:-one}" --subresource status --type merge -p "$1" >/dev/null
}

pod_is_ready() {
	pod_says '{"status":{"phase":"Running","podIP":"198.18.0.9","podIPs":[{"ip":"198.18.0.9"}],
		"conditions":[{"type":"Ready","status":"True"}]}}' "${1:-one}"
}

pod_uid() {
	k get pod "${1:-one}" -o jsonpath='{.metadata.uid}'
}

has_new_pod() {
	local uid

	uid=$(pod_uid "${2:-one}" 2>/dev/null) && [ -n "$uid" ] && [ "$uid" != "$1" ]
}

settings() {
	k get configmap one-srt-settings -o jsonpath='{.data.srt-settings\.json}'
}

# until_quiet COMMAND...: what it prints, once that has stayed the same for 3 s; a minute at most
until_quiet() {
	local was is until=$((SECONDS + 60))

	is=$("$@")
	while [ "$is" != "${was:-}" ] && [ "$SECONDS" -lt "$until" ]; do
		was=$is
		sleep 3
		is=$("$@")
	done
	echo "$is"
}

resource_versions() {
	kubectl get sandboxagents,sandboxes,secrets,configmaps,serviceaccounts,pods -A \
		-o jsonpath='{range .items[*]}{.kind}/{.metadata.name}={.metadata.resourceVersion}{"\n"}{end}'
}

#!/usr/bin/env bash
# The whole story of sandgate, from `helm install` to an agent whose curl is stopped at the network's edge: each command
# is shown as you would type it, with why it is there, what it printed and what was expected. It stops at the first
# thing that is not as it should be.
#
# usage: tests/quickstart.sh [--keep] [--helm PROGRAM]
#
#   --keep           leaves everything there for you to play with, the cluster too
#   --helm PROGRAM   helm4 tries the other major version of Helm
#
# KUBECONFIG set: uses that cluster. It must have agent-sandbox, and needs to be told where it finds images:
#   SANDGATE_HELM_ARGS       more arguments for `helm install`, such as --set image.registry=registry.example.com/me
#   SANDGATE_SKILL_REGISTRY  REGISTRY/PATH that you may push the skill to and the cluster may pull it from
#   OPENAI_API_KEY           of a real model: no stand-in can be reached from there
# KUBECONFIG not set: brings up a one-node Kubernetes on this machine (Debian 12, root), takes it down in the end. The
# model and the web sites are then local stand-ins, and no network is needed once everything is cached; with
# OPENAI_API_KEY set the real ones are used.
set -euo pipefail

top=$(dirname "$(dirname "$(readlink -f "$0")")")
cd "$top"
# shellcheck source=tests/lib/progress.sh
. tests/lib/progress.sh
# shellcheck source=tests/lib/env.sh
. tests/lib/env.sh

keep=no
helm_program=helm
arguments=("$@")
while [ $# -gt 0 ]; do
	case $1 in
	--keep) keep=yes ;;
	--helm)
		helm_program=${2:?--helm needs a program}
		shift
		;;
	-h | --help)
		sed -n '2,/^set/s/^# \{0,1\}//p' "$top/tests/quickstart.sh"
		exit
		;;
	*) die "unknown argument: $1 (see --help)" ;;
	esac
	shift
done

# This machine's own cluster serves one story at a time.
if [ -z "${KUBECONFIG:-}" ] && [ -z "${SANDGATE_CLUSTER_LOCKED:-}" ]; then
	mkdir -p "$SANDGATE_CACHE"
	flock --nonblock "$SANDGATE_CACHE/cluster.lock" true || say "other tests use the cluster of this machine; waiting for them"
	SANDGATE_CLUSTER_LOCKED=yes exec flock --close "$SANDGATE_CACHE/cluster.lock" "$top/tests/quickstart.sh" "${arguments[@]}"
fi

# shellcheck source=tests/lib/story.sh
. tests/lib/story.sh
# shellcheck source=tests/lib/agents.sh
. tests/lib/agents.sh
# shellcheck source=tests/lib/stage.sh
. tests/lib/stage.sh

url=http://localhost:8083/api/a2a-sandboxes/kagent/sandbox-agent/
allowed_site=https://api.github.com/zen
other_site=https://example.com

# ask TEXT [CONTEXT-ID]
ask() {
	run curl -sS -X POST "$url" -H 'Content-Type: application/json' -d "$(a2a_message "$@")"
	expect "the answer is a JSON document" json 'type == "object"'
	explain "in short: $(jq -r '.result.status.state // "no task"' "$output"), and the agent says:"
	answer_text | sed 's/^/     /'
}

agent_columns() {
	[ "$(awk 'NR == 1 { $1 = $1; print }' "$output")" = "NAME READY ACCEPTED" ] &&
		[ "$(awk 'NR == 2 { $1 = $1; print }' "$output")" = "sandbox-agent True True" ]
}

pod_allows_only() {
	in_agent_pod kagent sandbox-agent cat /config/srt-settings.json >"$story_folder/settings" &&
		json ".network.allowedDomains == [\"$1\"]" "$story_folder/settings"
}

# The first stages of the way: from nothing to a ready agent.
install_product() {
	chapter "1. Install sandgate"
	explain "One chart: the admission webhook, the controller with its A2A proxy, the kinds SandboxAgent and ModelConfig."
	# shellcheck disable=SC2086 # a list of arguments
	run "$helm_program" install sandgate charts/sandgate -n kagent --create-namespace ${SANDGATE_HELM_ARGS:-}
	expect "helm installed it" test "$status" -eq 0
	run kubectl -n kagent wait --for=condition=Available --timeout=2m deploy -l app.kubernetes.io/instance=sandgate
	expect "both components are available" test "$status" -eq 0
	eventually "the API server reaches the webhook" 30 webhook_answers
}

give_model() {
	chapter "2. Say which model to use"
	if uses_real_model; then
		explain "Your OPENAI_API_KEY goes into a Secret; the ModelConfig names that Secret."
		printf '\n$ kubectl -n kagent create secret generic model-key --from-literal=OPENAI_API_KEY="$%s"\n' OPENAI_API_KEY
		kubectl -n kagent create secret generic model-key --from-literal=OPENAI_API_KEY="$OPENAI_API_KEY" \
			--dry-run=client -o yaml | kubectl apply -f -
		run kubectl apply -f tests/manifests/model-openai.yaml
	else
		explain "Without OPENAI_API_KEY the model is a script behind the OpenAI API, which always does the obvious thing."
		run kubectl apply -f tests/manifests/model-scripted.yaml
	fi
	expect "the model is known" test "$status" -eq 0
}

make_agent() {
	chapter "3. Make an agent"
	explain "A model and instructions are all it needs. Each agent lives in a pod of its own, made by agent-sandbox."
	run cat tests/manifests/agent-1-minimal.yaml
	run kubectl apply -f tests/manifests/agent-1-minimal.yaml
	expect "it is admitted" test "$status" -eq 0
	eventually "the agent is ready" 180 agent_is_ready kagent sandbox-agent
	run kubectl -n kagent get sandboxagents
	expect "it shows READY and ACCEPTED, both True" agent_columns
	run kubectl -n kagent get sandboxes.agents.x-k8s.io
	expect "its Sandbox exists" grep -q '^sandbox-agent ' "$output"
	run kubectl -n kagent get pod sandbox-agent -o 'custom-columns=NAME:.metadata.name,PHASE:.status.phase,IMAGE:.spec.containers[*].image'
	expect "its pod runs the stock kagent runtime $KAGENT_RUNTIME_VERSION" \
		grep -qE "^sandbox-agent +Running .*/kagent/app:${KAGENT_RUNTIME_VERSION//./\\.}$" "$output"
}

allow_a_site() {
	chapter "4. Let its commands reach one site"
	explain "Nothing is reachable until it is listed. The pod goes on; READY is True again when the list is in force in it."
	run diff tests/manifests/agent-1-minimal.yaml tests/manifests/agent-2-allowlist.yaml
	run kubectl apply -f tests/manifests/agent-2-allowlist.yaml
	expect "it is admitted" test "$status" -eq 0
	eventually "the agent is ready, now with the list" 180 agent_is_ready kagent sandbox-agent
	run kubectl -n kagent exec sandbox-agent -c kagent -- cat /config/srt-settings.json
	expect "the running pod allows api.github.com and nothing else" pod_allows_only api.github.com
}

teach_skill() {
	chapter "5. Teach it a skill"
	explain "A skill is an image that holds a SKILL.md. With a skill the agent gets the tool that runs commands."
	run cat tests/manifests/curl-skill/SKILL.md
	run buildah build -t "$skill_image" tests/manifests/curl-skill
	expect "the skill's image is built" test "$status" -eq 0
	run buildah push "${push_options[@]}" "$skill_image"
	expect "the registry has it" test "$status" -eq 0
	sed "s|registry.sandgate.test:5000/skills/curl:1.0.0|$skill_image|" tests/manifests/agent-3-skill.yaml >"$story_folder/agent-3-skill.yaml"
	run diff tests/manifests/agent-2-allowlist.yaml "$story_folder/agent-3-skill.yaml"
	run kubectl apply -f "$story_folder/agent-3-skill.yaml"
	expect "it is admitted" test "$status" -eq 0
	eventually "the agent is ready, now with the skill" 180 agent_is_ready kagent sandbox-agent
	run kubectl -n kagent exec sandbox-agent -c kagent -- head -n 4 /skills/curl/SKILL.md
	expect "the running pod has the skill" grep -q '^name: curl$' "$output"
	expect "and still allows api.github.com alone" pod_allows_only api.github.com
}

make_mistake() {
	chapter "6. Make a mistake"
	explain "A mistake is refused at once, with the place and what to write instead. The agent stays as it is."
	run kubectl apply -f tests/manifests/agent-refused.yaml
	expect "it is refused" test "$status" -ne 0
	expect "the message names the field" grep -qF 'spec.sandbox.network.allowedDomains[0]' "$output"
	expect "and says what to write" grep -qF '*.example.com' "$output"
}

chat() {
	local context

	chapter "7. Talk to it"
	explain "The controller speaks A2A for every agent. kubectl brings its port to this machine."
	start_port_forward
	explain "First something that is allowed:"
	ask "Fetch $allowed_site and tell me exactly what curl returned"
	expect "the task is completed" json '.result.status.state == "completed"'
	expect "the answer quotes the page" answer_quotes_page
	context=$(jq -r .result.contextId "$output")
	explain "Then, in the same conversation (contextId), something that is not:"
	ask "Fetch $other_site and tell me exactly what curl returned" "$context"
	expect "the task is completed" json '.result.status.state == "completed"'
	expect "it is the same conversation" json ".result.contextId == \"$context\""
	answer_text >"$story_folder/answer"
	expect "the answer quotes: curl: (56) CONNECT tunnel failed, response 403" \
		grep -qF 'curl: (56) CONNECT tunnel failed, response 403' "$story_folder/answer"
}

remove_agent() {
	chapter "8. Remove it"
	explain "Everything that was made for the agent goes with it."
	run kubectl delete sandboxagent sandbox-agent -n kagent
	expect "it is deleted" test "$status" -eq 0
	eventually "its Sandbox and its pod are gone" 90 is_gone kagent sandboxes.agents.x-k8s.io/sandbox-agent pod/sandbox-agent
	eventually "its Secret, ConfigMap and ServiceAccount are gone" 60 is_gone kagent \
		secret/sandbox-agent configmap/sandbox-agent-srt-settings serviceaccount/sandbox-agent
}

answer_quotes_page() {
	answer_text >"$story_folder/answer"
	if uses_real_model; then
		[ -s "$story_folder/answer" ] && ! grep -q 'curl: (' "$story_folder/answer"
	else
		grep -qF "$(stand_in_page)" "$story_folder/answer"
	fi
}

trap leave EXIT
prepare_stage
install_product
give_model
make_agent
allow_a_site
teach_skill
make_mistake
chat
remove_agent

chapter "That was it"
explain "An agent was admitted, ran in a sandbox of its own, was changed twice while it was running, was kept to the one" \
	"site it may reach, and left nothing behind. All $(elapsed 0) of it went as expected."

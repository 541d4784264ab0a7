# What the end-to-end tests of a running agent share: its manifest with what they change, chat turns, and the pod it
# runs in. Sourced after agents.sh and stage.sh, by tests that talk to the agent `sandbox-agent` of namespace kagent.
# shellcheck shell=bash disable=SC2154 # $output and $story_folder are story.sh's

agent_url=http://127.0.0.1:8083/api/a2a-sandboxes/kagent/sandbox-agent/
skill_image=registry.sandgate.test:5000/skills/curl:1.0.0

# What apply_agent applies: set one of them, and call it again.
allowed_domains=api.github.com
instructions="You fetch web pages with curl and report exactly what curl returned."
rollout='' # '' = not said
skill=$skill_image

apply_agent() {
	kubectl apply -f - <<-YAML
		apiVersion: kagent.dev/v1alpha2
		kind: SandboxAgent
		metadata: {name: sandbox-agent, namespace: kagent}
		spec:
		  type: Declarative
		  declarative: {modelConfig: default-model-config, systemMessage: "$instructions"}
		  sandbox:
		    network: {allowedDomains: [$allowed_domains]}
		    ${rollout:+rollout: $rollout}
		  skills: {insecureSkipVerify: true, refs: ["$skill"]}
	YAML
}

push_skill() {
	buildah build --quiet -t "$skill_image" tests/manifests/curl-skill &&
		buildah push "${push_options[@]}" --tls-verify=false "$skill_image"
}

# ask TEXT [CONTEXT-ID]: the answer is in $output. Fails when there is none within 90 s.
ask() {
	curl -sS --max-time 90 -X POST "$agent_url" -H 'Content-Type: application/json' -d "$(a2a_message "$@")" >"$output" || return 1
	cat "$output"
}

# answers WANTED TEXT [CONTEXT-ID]: a completed turn whose answer holds WANTED
answers() {
	local wanted=$1

	shift
	ask "$@" && answer_text | grep -qF "$wanted"
}

# ask_aside TEXT CONTEXT-ID: the same, in the background; wait_aside waits for it and puts the answer into $output.
ask_aside() {
	curl -sS --max-time 90 -X POST "$agent_url" -H 'Content-Type: application/json' -d "$(a2a_message "$@")" \
		>"$story_folder/aside" 2>&1 &
	aside=$!
}

wait_aside() {
	wait "$aside" || { cat "$story_folder/aside"; return 1; }
	cp "$story_folder/aside" "$output"
	cat "$output"
}

# A command of the agent runs for so long that the test sees it run.
command_runs() {
	in_agent_pod kagent sandbox-agent sh -c 'cat /proc/[0-9]*/comm' | grep -qx sleep
}

agent_field() {
	kubectl -n kagent get sandboxagent sandbox-agent -o "jsonpath=$1"
}

agent_generation() {
	agent_field '{.metadata.generation}'
}

ready_condition() {
	agent_field "{.status.conditions[?(@.type=='Ready')]['observedGeneration','status','reason','message']}"
}

# ready_says PATTERN: about the present generation
ready_says() {
	local said

	said=$(ready_condition)
	echo "$said"
	[[ $said == "$(agent_generation) "* ]] && grep -qE "$1" <<<"$said"
}

# Which pod runs, and how often its containers were started.
pod_identity() {
	kubectl -n kagent get pod sandbox-agent -o json |
		jq -r '"\(.metadata.uid) \([.status.containerStatuses[]?.restartCount] | add)"'
}

has_pod() {
	echo "wanted $1, is $(pod_identity)"
	[ "$(pod_identity)" = "$1" ]
}

has_other_pod_and_is_ready() {
	local pod

	pod=$(pod_identity) && [ -n "$pod" ] && [ "$pod" != "$1" ] && agent_is_ready kagent sandbox-agent
}

# The same controller goes on: which pod it is, and how often it was started.
controller_identity() {
	kubectl -n kagent get pods -l app.kubernetes.io/instance=sandgate,app.kubernetes.io/component=controller \
		-o jsonpath='{range .items[*]}{.metadata.uid} {.status.containerStatuses[0].restartCount}{end}'
}

seconds_since() {
	awk -v from="$1" -v now="$EPOCHREALTIME" 'BEGIN { printf "%.1f", now - from }'
}

# at_most SECONDS LIMIT
at_most() {
	echo "took $1 s, limit $2 s"
	awk -v took="$1" -v limit="$2" 'BEGIN { exit !(took <= limit) }'
}

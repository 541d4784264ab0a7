# Questions about agents that more than one end-to-end test asks. Sourced after story.sh; kubectl must be on the PATH.
# shellcheck shell=bash disable=SC2154 # $output and $story_folder are story.sh's

# agent_is_ready NAMESPACE NAME: Ready is True and means the present generation. Else prints what is being waited for.
agent_is_ready() {
	local agent

	agent=$(kubectl -n "$1" get sandboxagent "$2" -o json) || return 1
	jq -r '
		(.status.conditions // []) as $all
		| ($all | map(select(.type == "Accepted"))[0]) as $accepted
		| ($all | map(select(.type == "Ready"))[0]) as $ready
		| if $accepted.status == "False" then "Accepted False, \($accepted.reason): \($accepted.message)"
		  elif $ready == null then "no Ready condition yet"
		  elif $ready.observedGeneration != .metadata.generation then "Ready speaks of generation \($ready.observedGeneration), wanted \(.metadata.generation)"
		  else "Ready \($ready.status), \($ready.reason): \($ready.message)" end' <<<"$agent" | cut -c -180
	jq -es '.[0] | .metadata.generation as $generation
		| any(.status.conditions[]; .type == "Ready" and .status == "True" and .observedGeneration == $generation)' \
		<<<"$agent" >/dev/null
}

# in_agent_pod NAMESPACE NAME COMMAND...: in the agent's container
in_agent_pod() {
	local namespace=$1 name=$2

	shift 2
	kubectl -n "$namespace" exec "$name" -c kagent -- "$@"
}

# is_gone NAMESPACE RESOURCE...: none of these objects exists; else prints the first that does.
is_gone() {
	local left

	left=$(kubectl -n "$1" get --ignore-not-found -o name "${@:2}") || return 1
	[ -z "$left" ] || {
		echo "still there: $left" | tr '\n' ' '
		return 1
	}
}

# a2a_message TEXT [CONTEXT-ID]: a JSON-RPC request that sends TEXT as the user's message
a2a_message() {
	jq -cn --arg text "$1" --arg context "${2:-}" --arg id "$(cat /proc/sys/kernel/random/uuid)" '
		{jsonrpc: "2.0", id: 1, method: "message/send", params: {message: (
			{kind: "message", messageId: $id, role: "user", parts: [{kind: "text", text: $text}]}
			+ if $context == "" then {} else {contextId: $context} end)}}'
}

# answer_text: the text of the artifacts of a finished task in $output
answer_text() {
	jq -rs '.[0].result | select(.status.state == "completed")
		| [(.artifacts // [])[].parts[] | .text // empty] | join("\n")' "$output"
}

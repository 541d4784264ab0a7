# What A2A clients are written with, from PyPI and npm at the first use, kept in the cache; and curl. Sourced after env.sh and
# progress.sh.
#
#   install_a2a_libraries   puts them there; npm must be on the PATH
#   $a2a_libraries          the folder: python03/ and python10/ are Python environments, javascript/ has node_modules/
#   $a2a_clients            the names of all clients
#   talk_a2a CLIENT URL CONTEXT TEXT WANTED
#                           that client reads the agent's card, sends TEXT in the chat CONTEXT, and sends it once more with the answer
#                           streamed; true when both answers hold WANTED
# shellcheck shell=bash disable=SC2034

a2a_clients="python03 python10 javascript curl"
a2a_libraries=$SANDGATE_CACHE/a2a-$A2A_SDK_VERSION-$A2A_SDK_1_VERSION-$A2A_JS_SDK_VERSION

# Into a folder of its own, moved into place when it is whole: two runs at a time do no harm.
make_a2a_libraries() {
	local new

	mkdir -p "$SANDGATE_CACHE" && new=$(mktemp -d "$SANDGATE_CACHE/a2a.XXXXXX") &&
		python3 -m venv "$new/python03" &&
		python3 -m venv "$new/python10" &&
		"$new/python03/bin/pip" install --quiet "a2a-sdk[http-server]==$A2A_SDK_VERSION" uvicorn &&
		"$new/python10/bin/pip" install --quiet "a2a-sdk==$A2A_SDK_1_VERSION" httpx &&
		npm install --silent --no-fund --no-audit --prefix "$new/javascript" "@a2a-js/sdk@$A2A_JS_SDK_VERSION" || return
	mv -T "$new" "$a2a_libraries" 2>/dev/null || rm -rf "$new"
}

install_a2a_libraries() {
	[ -d "$a2a_libraries" ] || step "install the A2A libraries" "1 min at the first run" make_a2a_libraries
}

# a2a_request METHOD CONTEXT TEXT
a2a_request() {
	jq -cn --arg method "$1" --arg context "$2" --arg text "$3" --arg id "$(cat /proc/sys/kernel/random/uuid)" '
		{jsonrpc: "2.0", id: 1, method: $method, params: {message:
			{kind: "message", messageId: $id, contextId: $context, role: "user", parts: [{kind: "text", text: $text}]}}}'
}

talk_a2a_with_curl() {
	local url=$1 context=$2 text=$3 wanted=$4
	local post=(curl -sS --max-time 120 -N -H 'Content-Type: application/json' --data-binary @- "$url")

	curl -sS --max-time 30 "${url%/}/.well-known/agent-card.json" |
		jq -es --arg url "$url" '.[0] | .url == $url and .capabilities.streaming' &&
		a2a_request message/send "$context" "$text" | "${post[@]}" |
		jq -es --arg wanted "$wanted" '.[0].result | .status.state == "completed"
			and ([.artifacts[].parts[] | .text // empty] | join("\n") | contains($wanted))' &&
		a2a_request message/stream "$context" "$text" | "${post[@]}" | sed -n 's/^data: //p' |
		jq -es --arg wanted "$wanted" 'map(.result) | length > 2 and .[-1].final and .[-1].status.state == "completed"
			and ([.[] | .artifact.parts // [] | .[] | .text // empty] | join("\n") | contains($wanted))'
}

talk_a2a() {
	local client=$1 folder

	shift
	folder=$(dirname "${BASH_SOURCE[0]}")/a2a
	case $client in
	python03) "$a2a_libraries/python03/bin/python" "$folder/talk03.py" "$@" ;;
	python10) "$a2a_libraries/python10/bin/python" "$folder/talk10.py" "$@" ;;
	# The library is found from the folder where it runs.
	javascript) (cd "$a2a_libraries/javascript" && node --input-type=module - "$@") <"$folder/talk.mjs" ;;
	curl) talk_a2a_with_curl "$@" ;;
	esac
}

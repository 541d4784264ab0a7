# How a test is told as a story that a person can follow: why a step is there, the command as one would type it, what it
# printed, and what was expected of it. Sourced by tests/quickstart.sh and the end-to-end tests.
#
#   chapter TEXT               a heading
#   explain TEXT...            why the next step is there, a line for each argument
#   run COMMAND...             shows the command, runs it, shows its output (of long lines the beginning); the whole output
#                              is kept in $output (a file) and the exit status in $status; never ends the script
#   expect TEXT COMMAND...     the claim TEXT holds when COMMAND succeeds; else the story ends here, and says why
#   eventually TEXT LIMIT_S COMMAND...   the same, repeating COMMAND each second; whatever COMMAND prints as its first line is
#                              shown when it changes: it says what is being waited for
#   json FILTER [FILE]         jq on $output or FILE that fails when there is no input or the result is not true
# shellcheck shell=bash disable=SC2034 # $status is the caller's to read

story_folder=$(mktemp -d "${TMPDIR:-/tmp}/sandgate-story.XXXXXX")
output=$story_folder/output
status=0
: >"$output"

chapter() {
	printf '\n== %s\n' "$1"
}

explain() {
	printf '   %s\n' "$@"
}

# An argument as one would type it in a shell.
quoted() {
	local argument

	for argument in "$@"; do
		if [[ $argument =~ ^[A-Za-z0-9_@%+=:,./~-]+$ ]]; then
			printf ' %s' "$argument"
		else
			printf " '%s'" "${argument//\'/\'\\\'\'}"
		fi
	done
}

run() {
	printf '\n$%s\n' "$(quoted "$@")"
	status=0
	"$@" >"$output" 2>&1 </dev/null || status=$?
	cut -c -800 "$output"
}

story_fails() {
	printf '   NOT OK: %s\n' "$1"
	[ -z "${2:-}" ] || printf '   %s\n' "$2"
	exit 1
}

expect() {
	local claim=$1

	shift
	"$@" >"$story_folder/expectation" 2>&1 || {
		head -n 20 "$story_folder/expectation" | sed 's/^/   | /'
		story_fails "$claim" "this did not hold:$(quoted "$@")"
	}
	printf '   ok: %s\n' "$claim"
}

eventually() {
	local claim=$1 limit_s=$2 began=$SECONDS line shown=''

	shift 2
	until line=$("$@" 2>&1); do
		line=$(head -n 1 <<<"$line" | cut -c -200)
		if [ "$line" != "$shown" ]; then
			printf '   ... %s\n' "${line:-not yet}"
			shown=$line
		fi
		[ $((SECONDS - began)) -lt "$limit_s" ] || story_fails "$claim" "not within $limit_s s"
		sleep 1
	done
	printf '   ok: %s (%s)\n' "$claim" "$(elapsed "$began")"
}

# `jq -e` alone is content with empty input.
json() {
	jq -es ".[0] | $1" "${2:-$output}" >/dev/null
}

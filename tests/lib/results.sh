# Collects what the tiers of tests/run.sh report: one line for each test in the file $results,
#
#   ok NAME          not ok NAME [LOG]          skip NAME REASON
#
# and turns it into what a person reads. Sourced by tests/run.sh.
#
#   results_begin            makes the folder of the logs ($logs)
#   run_tier TIER            calls tier_TIER and prints its line
#   begin_tier TIER          calls it in the background, with the lowest priority
#   end_tier TIER            waits for that and prints its line; runs the tier when it was not begun
#   attempt NAME COMMAND...  runs COMMAND as one test, with its output in a log of its own; true when it passed
#   require NAME COMMAND...  the same for what tests stand on: reported only when it fails
#   results_end              prints the totals and exits 1 when something failed
# shellcheck shell=bash

results_begin() {
	logs=$(mktemp -d "${TMPDIR:-/tmp}/sandgate-tests.XXXXXX")
	results=$logs/results
	: >"$results"
}

result_count() {
	grep -c "^$1 " "$2" || true
}

counts() {
	local file=$1 skipped

	printf '%d passed, %d failed' "$(result_count ok "$file")" "$(result_count 'not ok' "$file")"
	skipped=$(result_count skip "$file")
	[ "$skipped" -eq 0 ] || printf ', %d skipped' "$skipped"
}

log_of() {
	echo "$logs/$tier-${1//\//-}.log"
}

# What a command leaves running, such as a cluster, must not keep the locks of this run (6 and 7).
# A failed command shows why where it is read first; `set -e` has no say in here, so that one failure hides no other.
attempt() {
	local name=$1 log

	shift
	log=$(log_of "$name")
	if "$@" >"$log" 2>&1 6>&- 7>&-; then
		echo "ok $tier/$name" >>"$results"
	else
		echo "not ok $tier/$name $log" >>"$results"
		return 1
	fi
}

require() {
	local name=$1 log

	shift
	log=$(log_of "$name")
	"$@" >"$log" 2>&1 6>&- 7>&- || {
		echo "not ok $tier/$name $log" >>"$results"
		return 1
	}
}

# What a log says about its failure: what follows each false claim, where it has such lines, else how it ends.
telling_lines() {
	if grep -aq '^not ok ' "$1"; then
		grep -a -A 8 '^not ok ' "$1" | head -n 40
	else
		tail -n 40 "$1"
	fi
}

# The failed tests of a tier and the last lines of their logs; three logs are enough to begin with.
show_failures() {
	local of_tier=$1 log

	awk '/^not ok / { print "    " $1, $2, $3 } /^skip / { print "    " $0 }' "$of_tier" | head -n 40
	while read -r log; do
		[ -r "$log" ] || continue
		echo "    from $log:"
		telling_lines "$log" | cut -c -240 | sed 's/^/    | /'
	done < <(sed -n 's/^not ok [^ ]* //p' "$of_tier" | sort -u | head -n 3)
}

# Calls tier_TIER with $tier and $results its own.
gather_tier() {
	local tier=$1 began=$SECONDS results=$logs/$1.results

	: >"$results"
	"tier_$tier" || true
	[ -s "$results" ] || echo "not ok $tier/nothing-ran" >"$results"
	elapsed "$began" >"$logs/$tier.took"
}

tell_tier() {
	local of_tier=$logs/$1.results verdict=ok

	cat "$of_tier" >>"$results"
	! grep -q '^not ok ' "$of_tier" || verdict=FAILED
	printf '%-6s %-32s %s\n' "$verdict" "$(counts "$of_tier")" "$(cat "$logs/$1.took")"
	show_failures "$of_tier"
}

run_tier() {
	printf '%-12s ' "$1"
	gather_tier "$1"
	tell_tier "$1"
}

# Only what nobody else wants, or at least not much: pods that ask for little are given little, too.
take_what_is_left() {
	chrt --idle --pid 0 "$BASHPID" 2>/dev/null || renice -n 19 "$BASHPID" >/dev/null
}

declare -A begun_tiers

begin_tier() {
	(
		exec 6>&-
		take_what_is_left
		gather_tier "$1"
	) &
	begun_tiers[$1]=$!
}

end_tier() {
	if [ -z "${begun_tiers[$1]:-}" ]; then
		run_tier "$1"
		return
	fi
	printf '%-12s ' "$1"
	wait "${begun_tiers[$1]}" || true
	tell_tier "$1"
}

results_end() {
	if grep -q '^not ok ' "$results"; then
		echo "the logs are in $logs"
		counts "$results"
		echo
		exit 1
	fi
	counts "$results"
	echo
	rm -rf "$logs"
}

#!/usr/bin/env bash
# Runs the tests, tier by tier, after installing what they need and building what they test.
#
# usage: tests/run.sh [TIER...]       no tier named: all of them, in this order
#
#   lint         formatting, warnings of both compilers, clang-tidy, shellcheck, the chart
#   unit         one function at a time, no network, no cluster; under a minute
#   golden       whole translations against the documents expected of them
#   sanitizers   the unit tests once more under ASan and UBSan, and under TSan
#   fuzz         each parser against mutated input ($SANDGATE_FUZZ_SECONDS for each, 60 when unset); beside e2e when
#                both are run, as that mostly waits
#   integration  the programs against a real API server on this machine
#   e2e          the product on a real one-node Kubernetes, with real agents (root)
#
# Shows a line for each tier, the end of the log of what failed, and last `N passed, N failed`. A tier that cannot run
# has failed. The first run on a machine builds a Kubernetes (about 15 min on two cores); later ones find it cached.
set -euo pipefail

top=$(dirname "$(dirname "$(readlink -f "$0")")")
cd "$top"
# shellcheck source=tests/lib/progress.sh
. tests/lib/progress.sh
# shellcheck source=tests/lib/env.sh
. tests/lib/env.sh
# shellcheck source=tests/lib/results.sh
. tests/lib/results.sh
# shellcheck source=tests/lib/tiers.sh
. tests/lib/tiers.sh

all_tiers=(lint unit golden sanitizers fuzz integration e2e)

case ${1:-} in
-h | --help)
	sed -n '2,/^set/s/^# \{0,1\}//p' "$top/tests/run.sh"
	exit
	;;
esac
tiers=("${@:-${all_tiers[@]}}")
[ $# -gt 0 ] || tiers=("${all_tiers[@]}")
for tier in "${tiers[@]}"; do
	[[ " ${all_tiers[*]} " == *" $tier "* ]] || die "no tier \"$tier\"; there are: ${all_tiers[*]}"
done

exec </dev/null
results_begin
mkdir -p build
exec 7>build/.lock
flock -n 7 || {
	say "another run uses build/; waiting for it"
	flock 7
}
fuzz_is_beside=''
[[ " ${tiers[*]} " != *" fuzz "*" e2e "* ]] || fuzz_is_beside=yes
for tier in "${tiers[@]}"; do
	[ "$tier${fuzz_is_beside:+ is beside}" = "fuzz is beside" ] || run_tier "$tier"
done
[ -z "$fuzz_is_beside" ] || end_tier fuzz
results_end

# The tiers of tests/run.sh, one function each: tier_NAME installs and builds what it needs and reports every test by
# `attempt` or by lines in $results (results.sh). The working directory is the root of the tree.
# shellcheck shell=bash disable=SC2154 # $tier, $results and $logs are results.sh's

# The C sources and headers under version control or about to be.
c_files() {
	git ls-files -co --exclude-standard -- '*.c' '*.h' | while read -r file; do
		[ ! -e "$file" ] || echo "$file"
	done
}

shell_files() {
	git ls-files -co --exclude-standard -- tests charts certs .ci | while read -r file; do
		if [ -f "$file" ] && head -n 1 "$file" | grep -qE '^#!.*\b(bash|sh)$|^# shellcheck shell='; then
			echo "$file"
		elif [[ $file == *.sh ]]; then
			echo "$file"
		fi
	done
}

# build PRESET: configures once, then builds what changed. One at a time in each folder.
build() {
	(
		flock 5
		[ -e "build/$1/build.ninja" ] || cmake --preset "$1" || exit 1
		cmake --build --preset "$1" 5>&-
	) 5>"build/.$1.lock"
}

has_tier() {
	[[ " ${tiers[*]} " == *" $1 "* ]]
}

# Unit tests mostly wait. Meanwhile what later tiers stand on is made from what they leave of the processor. Those make it
# once more, which tells what went wrong and takes no time when nothing did.
make_ahead() {
	(
		take_what_is_left
		! has_tier sanitizers || { build asan && build tsan; }
		! has_tier fuzz || build fuzz
		! has_tier e2e || e2e_images
	) >"$logs/ahead.log" 2>&1 &
}

# --- lint ---

check_format() {
	c_files | xargs --no-run-if-empty clang-format --dry-run --Werror
}

check_shell() {
	shell_files | xargs --no-run-if-empty shellcheck -x
}

check_chart() {
	tests/cluster/build helm3 helm4 && helm lint --strict charts/sandgate && helm4 lint --strict charts/sandgate
}

tier_lint() {
	require install tests/lib/install.sh build || return
	attempt clang-format check_format
	attempt shellcheck check_shell
	attempt release-build build release
	if attempt clang-build build clang; then
		attempt clang-tidy tests/lib/tidy build/clang
	fi
	require install-go tests/lib/install.sh cluster && attempt chart check_chart
}

# --- unit, golden, sanitizers ---

# Turns ctest's detailed output into results. A Check program counts as many tests as it has checks; any other program,
# and one that ended before its checks were counted, is a test of its own.
ctest_results() {
	local log=$1

	awk -v tier="$tier" -v log_file="$log" '
		function report(verdict, name, count) {
			while (count-- > 0) print verdict, tier "/" name, verdict == "ok" ? "" : log_file
		}
		/^[0-9]+: [0-9]+%: Checks: / {
			number = $1 + 0
			gsub(",", "")
			checks[number] += $4
			failures[number] += $6 + $8
		}
		/^ *[0-9]+\/[0-9]+ Test +#[0-9]+: / {
			match($0, /#[0-9]+/)
			number = substr($0, RSTART + 1, RLENGTH - 1) + 0
			match($0, /#[0-9]+: [^ ]+/)
			name = substr($0, RSTART, RLENGTH)
			sub(/#[0-9]+: /, "", name)
			passed = / Passed /
			bad = failures[number]
			if (!passed && !bad) bad = 1
			good = checks[number] ? checks[number] - failures[number] : passed
			report("ok", name, good)
			report("not ok", name, bad)
		}' "$log"
}

run_ctest() {
	local preset=$1

	shift
	# A time limit in a test is there for what hangs, not for what a busy machine and a sanitizer make slow.
	# Programs made for TSan need their addresses unshuffled on newer kernels. More at once than there are cores: they
	# mostly wait.
	CK_TIMEOUT_MULTIPLIER=5 setarch --addr-no-randomize ctest --test-dir "build/$preset" -V -j4 "$@"
}

# ctest_tier PRESET CTEST-ARGUMENTS... : builds and reports every check.
ctest_tier() {
	local preset=$1 log

	shift
	require install tests/lib/install.sh build || return
	require build build "$preset" || return
	[ "$tier" != unit ] || make_ahead
	log=$(log_of "ctest")
	run_ctest "$preset" "$@" >"$log" 2>&1
	ctest_results "$log" >>"$results"
}

tier_unit() {
	ctest_tier debug --label-exclude golden
}

tier_golden() {
	ctest_tier debug --label-regex golden
}

tier_sanitizers() {
	local preset

	require install tests/lib/install.sh build || return
	for preset in asan tsan; do
		require "$preset-build" build "$preset" || continue
		attempt "$preset" run_ctest "$preset" --output-on-failure
	done
}

# --- fuzz ---

# The time limit of one input is for what hangs, and must not be reached by what gives way to others.
# fuzz_one TARGET SECONDS: what it finds worth keeping stays in the cache and is the start of the next run.
fuzz_one() {
	local target=$1 seconds=$2 name found corpus=()

	name=$(basename "$target")
	found=$SANDGATE_CACHE/fuzz/$name
	mkdir -p "$found"
	corpus=("tests/fuzz/corpus/${name#fuzz_*_}")
	[ -d "${corpus[0]}" ] || corpus=()
	"$target" -max_total_time="$seconds" -timeout=30 -rss_limit_mb=2048 -print_final_stats=1 \
		-artifact_prefix="$logs/$name-" "$found" "${corpus[@]}"
}

# Two targets at a time.
tier_fuzz() {
	local seconds=${SANDGATE_FUZZ_SECONDS:-60} target

	require install tests/lib/install.sh build || return
	require build build fuzz || return
	for target in build/fuzz/bin/fuzz_*; do
		while [ "$(jobs -rp | wc -l)" -ge 2 ]; do
			wait -n || true
		done
		attempt "$(basename "$target")" fuzz_one "$target" "$seconds" &
	done
	wait
}

# --- integration, e2e ---

# run_story FOLDER LIMIT_S: runs FOLDER/run, which prints a result line for each thing it shows, and takes those lines over.
run_story() {
	local folder=$1 limit_s=$2 name log lines status=0

	name=$(basename "$folder")
	log=$(log_of "$name")
	lines=$logs/$tier-$name.lines
	timeout --kill-after=20 "$limit_s" "$folder/run" >"$log" 2>&1 6>&- 7>&- || status=$?
	grep -aE '^(ok|not ok|skip) ' "$log" | sed -E "s|^(ok\|not ok\|skip) |\1 $tier/$name/|" >"$lines" || true
	awk -v log_file="$log" '
		/^not ok / { print "not ok", spaceless(3), log_file; next }
		/^ok / { print "ok", spaceless(2); next }
		{ print }
		function spaceless(from,    name) {
			for (name = $(from++); from <= NF; from++) name = name "-" $from
			return name
		}' "$lines" >>"$results"
	if [ "$status" -ne 0 ] && ! grep -q '^not ok ' "$lines"; then
		echo "not ok $tier/$name/ended-with-status-$status $log" >>"$results"
	elif [ ! -s "$lines" ]; then
		echo "not ok $tier/$name/showed-nothing $log" >>"$results"
	fi
}

# run_stories LIMIT_S AT-A-TIME [NAME...]: those named first, in this order, then the others
run_stories() (
	limit_s=$1 at_a_time=$2
	shift 2
	for name in "$@" $(cd "tests/$tier" && ls); do
		[ -x "tests/$tier/$name/run" ] || continue
		mkdir "$logs/$tier-$name.begun" 2>/dev/null || continue
		while [ "$(jobs -rp | wc -l)" -ge "$at_a_time" ]; do
			wait -n || true
		done
		run_story "tests/$tier/$name" "$limit_s" &
	done
	wait
)

# Those that take longest, so that none of them is left alone at the end.
long_stories=(serving serving-helm-4 charts certificates page webhook releases releases-helm-4 store control faults
	sandbox-releases auth skills replicas kube bad-input)

tier_integration() {
	require install tests/lib/install.sh build cluster e2e || return
	require build build debug || return
	require cluster tests/cluster/build etcd kube-apiserver kubectl || return
	require agent-image tests/images/agent-runtime || return
	# Not within the time of the one story that needs it, which says so when it cannot be had.
	tests/cluster/build cert-manager || true
	export SANDGATE_BIN=$PWD/build/debug/bin
	run_stories 1200 4 "${long_stories[@]}" # each has an API server of its own
}

# Made before the stories, which have limits of time.
e2e_images() {
	tests/images/agent-runtime && tests/images/product webhook && tests/images/product controller
}

# One cluster for all stories; one that was up before stays up. There is one node on a machine, and what is installed on
# it serves one story: a second run, or a quickstart, waits for the first.
tier_e2e() {
	local ours=yes

	require install tests/lib/install.sh build cluster e2e || return
	exec 6>"$SANDGATE_CACHE/cluster.lock"
	flock 6
	export SANDGATE_CLUSTER_LOCKED=yes
	[ ! -e "$SANDGATE_STATE/ready" ] || ours=no
	if require images e2e_images && require cluster-up tests/cluster/up; then
		[ -z "${fuzz_is_beside:-}" ] || begin_tier fuzz
		export SANDGATE_BIN=$PWD/build/debug/bin
		run_stories 1800 1
	fi
	[ "$ours" = no ] || require cluster-down tests/cluster/down
	exec 6>&-
}

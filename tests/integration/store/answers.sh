# What a replica does when the database did its work and the answer is lost, or when it and another wait for each other.
# Sourced by run.
# shellcheck shell=bash disable=SC2154 # $here, $work, $port, $started and $replicas are run's

# vector I...: 768 numbers, ones at I and zeros elsewhere
vector() {
	awk -v ones=" $* " 'BEGIN { for (i = 0; i < 768; i++) printf "%s%d", i ? "," : "[", (index(ones, " " i " ") ? 1 : 0); print "]" }'
}

# memory CONTENT I...: as one is posted
memory() {
	local content=$1

	shift
	printf '{"agent_name": "ns__NS__one", "user_id": "u", "content": "%s", "min_score": 0.1, "limit": 2, "vector": %s}' \
		"$content" "$(vector "$@")"
}

# post REPLICA PATH BODY: prints the answer; fails when it is not 2xx
post() {
	curl -sS --fail-with-body -H 'X-User-Id: u' "$1$2" -d "$3"
}

# found REPLICA I...: the contents of the two memories that are most like it, best first
found() {
	local replica=$1

	shift
	post "$replica" /api/memories/search "$(memory - "$@")" | jq -r '[.[].content] | join(" ")'
}

is_found() {
	local want=$1 got

	shift
	got=$(found "$@") && echo "$got" && [ "$got" = "$want" ]
}

# Requests that come together are one transaction on one connection: ten words and ten memories at a time, until one was cut.
lose_an_answer() {
	local pids i one

	one=$(memory once 1)
	touch "$work/armed"
	for rounds in {1..50}; do
		pids=()
		for i in {1..10}; do
			post "${replicas[4]}" /api/feedback '{"is_positive": true, "feedback_text": "once"}' &
			pids+=("$!")
			post "${replicas[4]}" /api/memories/sessions "$one" &
			pids+=("$!")
		done
		for i in "${pids[@]}"; do
			wait "$i" || return 1
		done
		[ -e "$work/armed" ] || return 0
	done
	echo "no transaction of two jobs in $rounds rounds"
	return 1
}

is_kept_once() {
	local got

	got=$(sql "SELECT count(*) FROM $1")
	echo "$got of $((rounds * 10))"
	[ "$got" = $((rounds * 10)) ]
}

is_listening() {
	[ -n "$(ss -Hlnt "sport = :$1")" ]
}

start_cut() {
	local cut_port

	cut_port=$(free_port)
	python3 "$here/cut.py" "$cut_port" "$port" "$work/armed" &
	started+=("$!")
	within 60 is_listening "$cut_port" &&
		url="postgres://sandgate@127.0.0.1:$cut_port/store?sslmode=disable" API_CONNECTIONS=1 start_replica 4
}

# Somebody who holds the second of two memories and, once the replica waits for that, asks for the first, which the replica
# holds. The server ends the one whose patience is over first: the replica's is 4 s, its rival's an
# hour. (On a machine that stands still for longer they do not meet: then again.)
rival="SET deadlock_timeout = '1h'; SET statement_timeout = 0; BEGIN;
UPDATE memories SET accesses = accesses + 100 WHERE content = 'second';
SELECT pg_advisory_lock(1);
DO \$\$ BEGIN
	WHILE NOT EXISTS (SELECT 1 FROM pg_locks WHERE NOT granted) LOOP PERFORM pg_sleep(0.01); END LOOP;
END \$\$;
UPDATE memories SET accesses = accesses + 100 WHERE content = 'first';
COMMIT"

is_held() {
	[ "$(sql "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'")" = 1 ]
}

deadlocks() {
	grep -c 'deadlock detected' "$data.log" || true
}

meet() {
	local holder before

	before=$(deadlocks)
	sql "UPDATE memories SET accesses = 0"
	psql -qAt -v ON_ERROR_STOP=1 -h "$work" -p "$port" -U sandgate -d store -c "$rival" &
	holder=$!
	started+=("$holder")
	within 60 is_held
	found "${replicas[5]}" 1 2 3 >"$work/found" || true
	wait "$holder"
	[ "$(deadlocks)" -gt "$before" ]
}

wait_for_each_other() {
	for _ in {1..5}; do
		if meet; then
			cat "$work/found"
			[ "$(cat "$work/found")" = "first second" ] && return
			tail -n 3 "$work/replica5.log"
			return 1
		fi
	done
	echo "they never met"
	return 1
}

counts_are() {
	local got

	got=$(sql "SELECT string_agg(accesses::text, ' ' ORDER BY key) FROM memories")
	echo "$got"
	[ "$got" = "$1" ]
}

claim "a replica talks to the server through one that may lose an answer" start_cut
claim "when the answer to a COMMIT is lost, all that were in it succeed" lose_an_answer
claim "what was said of answers is kept once" is_kept_once feedback
claim "memories are kept once" is_kept_once memories

sql "DELETE FROM memories; ALTER ROLE sandgate SET deadlock_timeout = '4s'"
claim "another replica starts" start_replica 5
claim "a memory is kept" post "${replicas[5]}" /api/memories/sessions "$(memory first 1 2)"
claim "and another" post "${replicas[5]}" /api/memories/sessions "$(memory second 1)"
claim "a search and a rival that wait for each other both succeed" wait_for_each_other
claim "the search was done again, and counts once" counts_are "101 101"
sql "ALTER ROLE sandgate RESET deadlock_timeout"

# Memories on a PostgreSQL server that has pgvector, and one day no more. Sourced by run, after answers.sh.
# The server is that of the Python package pgserver, kept in the cache: Debian 12 has no package of pgvector.
# shellcheck shell=bash disable=SC2154,SC2034 # $work, $bin, $postgres_bin, $port, $url, $data and $replicas are run's

pgserver=0.1.4
pgvector_home=$SANDGATE_CACHE/pgserver-$pgserver

# Into a folder of its own, moved into place when it is whole: two runs at a time do no harm.
install_pgvector() {
	local new

	[ ! -d "$pgvector_home" ] || return 0
	mkdir -p "$SANDGATE_CACHE" && new=$(mktemp -d "$SANDGATE_CACHE/pgserver.XXXXXX") &&
		python3 -m venv "$new" &&
		"$new/bin/pip" install --quiet --disable-pip-version-check "pgserver==$pgserver" || return
	mv -T "$new" "$pgvector_home" 2>/dev/null || rm -rf "$new"
}

# The cache may be in a folder that the user "postgres" may not enter.
use_pgvector() {
	local packages

	packages=$(echo "$pgvector_home"/lib/python3*/site-packages)
	mkdir "$work/programs" "$work/programs/pgserver" &&
		cp -a "$packages/pgserver/pginstall" "$work/programs/pgserver/" &&
		cp -a "$packages/pgserver.libs" "$work/programs/" || return
	postgres_bin=$work/programs/pgserver/pginstall/bin
}

embedded() {
	local got

	got=$(sql "SELECT count(embedding) FROM memories")
	echo "$got"
	[ "$got" = "$1" ]
}

searches_with() {
	tail -n 1 "$work/replica$1.log"
	grep -q '"memories are searched with pgvector"' "$work/replica$1.log"
}

searches_without() {
	tail -n 1 "$work/replica$1.log"
	grep '"memories are searched without pgvector"' "$work/replica$1.log" | grep -q "$2"
}

keep_four() {
	post "$1" /api/memories/sessions "$(memory first 1 2)" &&
		post "$1" /api/memories/sessions "$(memory second 1)" &&
		post "$1" /api/memories/sessions "$(memory third 4)" &&
		post "$1" /api/memories/sessions "$(memory fourth 5)"
}

claim "a server with pgvector can be had" install_pgvector
[ -d "$pgvector_home" ] || return 0
use_pgvector
new_server vectors
claim "every test of the store holds with pgvector" env STORE_TEST_URL="$url" "$bin/controller_store_test_store"
claim "so do those of searches, to the last digit" env STORE_TEST_URL="$url" "$bin/controller_store_test_likeness"

sql 'DROP SCHEMA public CASCADE; CREATE SCHEMA public; CREATE ROLE modest LOGIN; GRANT ALL ON SCHEMA public TO modest' 2>/dev/null
url=${url/sandgate@/modest@} claim "a replica starts as a user who may not make the extension" start_replica 6
claim "and does without" searches_without 6 "permission denied"
claim "it keeps memories" keep_four "${replicas[6]}"
claim "and finds them" is_found "first second" "${replicas[6]}" 1 2 3

claim "a replica starts as one who may" start_replica 7
claim "and uses pgvector" searches_with 7
claim "no memory is in it yet" embedded 0
claim "the first search finds the same" is_found "first second" "${replicas[7]}" 1 2 3
claim "and puts all it met into pgvector" embedded 4
claim "from where the next finds the same" is_found "first second" "${replicas[7]}" 1 2 3
sql "UPDATE memories SET embedding = (SELECT embedding FROM memories WHERE content = 'fourth') WHERE content = 'first'"
sql "UPDATE memories SET embedding = (SELECT embedding FROM memories WHERE content = 'second') WHERE content = 'third'"
claim "indeed, pgvector is believed" is_found "second" "${replicas[7]}" 1 2 3
sql "UPDATE memories SET embedding = NULL"
claim "what another replica adds without is found" is_found "first second" "${replicas[7]}" 1 2 3

sql 'DROP EXTENSION vector CASCADE' 2>/dev/null
claim "when the extension is dropped the same is found" is_found "first second" "${replicas[7]}" 1 2 3
claim "and the log says so" searches_without 7 .
claim "by a replica without it too" is_found "first second" "${replicas[6]}" 1 2 3
claim "a new replica makes it anew" start_replica 8
claim "and uses it" searches_with 8
claim "with the same result" is_found "first second" "${replicas[8]}" 1 2 3
claim "all memories are in it again" embedded 4
claim "the replica that lost it goes on" is_found "first second" "${replicas[7]}" 1 2 3
stop_replicas

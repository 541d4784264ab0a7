# The store in a file on a disk that gets full, a small one of its own. Sourced by run, after answers.sh.
# shellcheck shell=bash disable=SC2154,SC2034 # $work, $url, $bin and $replicas are run's

# add_event ID: prints the status
add_event() {
	curl -s -o "$work/answer-shared" -w '%{http_code}\n' -H 'X-Agent-Name: ns__NS__one' \
		"${replicas[9]}/api/sessions/full/events?user_id=u" -d @- <<-END
			{"id": "$1", "data": "{\"text\": \"$(printf '%020000d' 0)\"}"}
		END
}

fill_disk() {
	local status first=$acknowledged

	for (( ; acknowledged < 2000; acknowledged++)); do
		status=$(add_event "$acknowledged")
		[ "$status" = 201 ] || break
	done
	df "$work/disk"
	echo "$status after $acknowledged events"
	[ "$status" = 503 ] && [ "$acknowledged" -gt $((first + 10)) ]
}

# Nothing that was acknowledged is missing, in the order in which it came.
all_are_there() {
	curl -sS --fail-with-body -o "$work/chat" -H 'X-User-Id: u' "${replicas[9]}/api/sessions/full?order=asc&limit=-1" || return
	jq -c '[.data.events[].id]' "$work/chat" | head -c 300
	jq -e --argjson count "$1" '[.data.events[].id] == [range($count) | tostring]' "$work/chat"
}

takes_one_more() {
	[ "$(add_event "$acknowledged")" = 201 ] || {
		cat "$work/answer-shared"
		return 1
	}
	acknowledged=$((acknowledged + 1))
}

refuses_more() {
	[ "$(add_event more)" = 503 ]
}

makes_chat() {
	[ "$(create "${replicas[9]}" full one)" = 201 ]
}

kill_replica() {
	kill -KILL "${started[-1]}"
	wait "${started[-1]}" 2>/dev/null || true
	unset 'started[-1]'
}

if [ "$(id -u)" -ne 0 ]; then
	echo "skip the store on a full disk: only root can mount one"
	return 0
fi
acknowledged=0
mkdir "$work/disk"
mount -t tmpfs -o size=2m tmpfs "$work/disk"
url=$work/disk/store.db
claim "a replica starts with a file on a small disk" start_replica 9
claim "it makes a chat" makes_chat
claim "and adds to it until the disk is full, when it refuses" fill_disk
claim "for that reason" told "no space is left for the database"
claim "and says what to do" told "give it a larger disk"
claim "what it acknowledged can be read" all_are_there "$acknowledged"
claim "more is refused" refuses_more
mount -o remount,size=4m "$work/disk"
claim "with more room it goes on by itself" takes_one_more
claim "and has lost nothing" all_are_there "$acknowledged"

claim "the disk gets full again" fill_disk
kill_replica
mount -o remount,size=16m "$work/disk"
claim "killed on a full disk, it starts again when there is room" start_replica 9
claim "with all that was acknowledged" all_are_there "$acknowledged"
claim "and takes more" takes_one_more
stop_replicas
umount "$work/disk"

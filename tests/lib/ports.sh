# free_port prints a port of 127.0.0.1 that is free, as is its successor, and that nobody else who asks here is given soon:
# out of a range that neither outgoing connections nor tests/cluster/up choose from, each time the next. Sourced after env.sh.
# shellcheck shell=bash

free_port() {
	local free

	mkdir -p "$SANDGATE_CACHE"
	exec {ports_lock}>"$SANDGATE_CACHE/ports.lock"
	flock "$ports_lock"
	free=$(cat "$SANDGATE_CACHE/last-port" 2>/dev/null || true)
	while :; do
		free=$((free >= 10000 && free < 19998 ? free + 2 : 10000))
		[ -n "$(ss -Hlnt "sport = :$free or sport = :$((free + 1))")" ] || break
	done
	echo "$free" >"$SANDGATE_CACHE/last-port"
	exec {ports_lock}>&-
	echo "$free"
}

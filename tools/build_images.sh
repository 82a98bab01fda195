#!/bin/sh
# Builds every image of the Dockerfile with podman, from what is committed or would be, on a base that is made here:
# localhost/signals for this machine, localhost/signals_arm64, and one of each other target.
#   SIGNALS_ARM64=0 leaves ARM64 out
set -eu
cd "$(dirname "$0")/.."
base=localhost/debian:bookworm-slim
containers=tools/containers.sh
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

if ! $containers podman image exists $base; then
  echo "images: making the base, Debian 12 as it is today"
  mmdebstrap --quiet --variant=minbase --include=ca-certificates bookworm "$work/base.tar"
  $containers podman import --quiet "$work/base.tar" $base
fi

# A clean checkout: nothing that was built, nothing that git does not know.
checkout=build/containers/checkout
rm -rf $checkout
mkdir -p $checkout
git ls-files -z --cached --others --exclude-standard | tar -c --null --files-from=- --ignore-failed-read |
  tar -x -C $checkout

# The build asks PyPI and Debian as this machine does; what `make build` compiled is not compiled again.
ccache=$(ccache --get-config cache_dir)
mkdir -p "$ccache"
# BuildKit says BUILDPLATFORM itself.
options="--network=host --pull=never --build-arg BASE=$base --build-arg BUILDPLATFORM=linux/$(dpkg --print-architecture)"
options="$options --volume $ccache:/ccache"
for file in /etc/ssl/certs/ca-certificates.crt /etc/pip.conf; do
  [ ! -e $file ] || options="$options --volume $file:$file:ro"
done

echo "$options" >build/containers/options

build() {  # TAG TARGET OPTION…
  tag=$1; target=$2; shift 2
  echo "images: $tag"
  # shellcheck disable=SC2086  # the list is meant to be split
  $containers podman build --quiet $options --target "$target" --tag "localhost/$tag" "$@" $checkout \
    >"$work/log" 2>&1 || { tail -40 "$work/log" >&2; exit 1; }
}

for target in load transform publish ubuntu; do build signals_$target $target; done
build signals signals
[ "${SIGNALS_ARM64:-1}" = 0 ] || build signals_arm64 signals --platform linux/arm64

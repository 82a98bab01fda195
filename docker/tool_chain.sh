#!/bin/sh
# tool_chain.sh ARCH: installs what builds the program for amd64 or arm64 on this Debian, of either kind: the
# packages that tools/setup.sh lists, libraries for ARCH, and Arrow from the pinned wheel for ARCH.
set -eu
arch=$1
here=$(dpkg --print-architecture)
tools='' libraries=''
eval "$(tools/setup.sh list)"

packages="$tools"
case $arch in
  amd64) machine=x86_64 ;;
  arm64) machine=aarch64 ;;
  *) echo "tool_chain.sh: amd64 or arm64, not '$arch'" >&2; exit 2 ;;
esac
if [ "$arch" != "$here" ]; then
  dpkg --add-architecture "$arch"
  packages="$packages g++-$machine-linux-gnu"
fi
apt-get -q update
for library in $libraries; do
  if apt-cache show --no-all-versions "$library" | grep -q '^Architecture: all$'; then
    packages="$packages $library"  # headers alone, the same for every architecture
  else
    packages="$packages $library:$arch"
  fi
done
# shellcheck disable=SC2086  # the list is meant to be split
DEBIAN_FRONTEND=noninteractive apt-get -yq install --no-install-recommends $packages
rm -rf /var/lib/apt/lists/*

# Only its files are wanted: a wheel for another architecture than this one does as well.
python3 -m venv .venv
grep '^pyarrow==' requirements/run.txt >.venv/arrow.txt
.venv/bin/python -m pip install -q --no-cache-dir --disable-pip-version-check --no-deps --only-binary=:all: \
  --platform "manylinux_2_28_$machine" --target "$(echo .venv/lib/python3*/site-packages)" -r .venv/arrow.txt

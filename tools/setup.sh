#!/bin/sh
# Installs what is missing, and only that: `tools/setup.sh build`, or `test`, `bench`, `check` for more.
# System packages come from apt (as root, or by sudo), Python packages go to .venv, both pinned.
set -eu
cd "$(dirname "$0")/.."
level=${1:-build}

packages="g++ cmake ninja-build ccache pkg-config python3 python3-dev python3-venv tzdata ca-certificates
  libcurl4-openssl-dev libssl-dev libdeflate-dev libsimdjson-dev nlohmann-json3-dev libcli11-dev libhowardhinnant-date-dev
  libfmt-dev libspdlog-dev libexpected-dev libcpp-httplib-dev
  libeigen3-dev"
wheels="run build"
case $level in
  build) ;;
  test) packages="$packages libgtest-dev libgmock-dev curl"; wheels="run build test" ;;
  bench) packages="$packages valgrind curl"; wheels="run build test bench load_bench" ;;
  check)
    packages="$packages libgtest-dev libgmock-dev curl clang clang-tidy clang-format libclang-rt-dev
      valgrind g++-aarch64-linux-gnu libc6-dev-arm64-cross qemu-user-static chromium fonts-dejavu-core"
    wheels="run build test check" ;;
  *) echo "usage: tools/setup.sh build|test|bench|check" >&2; exit 2 ;;
esac

missing=
for package in $packages; do
  [ "$(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null)" = installed ] ||
    missing="$missing $package"
done
if [ -n "$missing" ]; then
  if [ "$(id -u)" = 0 ]; then as_root=; elif sudo -n true 2>/dev/null; then as_root=sudo; else
    echo "setup: these packages are missing and need root; run this line, then make again:" >&2
    echo "  sudo apt-get update && sudo apt-get install -y --no-install-recommends$missing" >&2
    exit 1
  fi
  echo "setup: installing$missing"
  $as_root apt-get -q update >/dev/null
  # shellcheck disable=SC2086  # the list is meant to be split
  $as_root env DEBIAN_FRONTEND=noninteractive apt-get -yq install --no-install-recommends $missing \
    >build-setup.log 2>&1 || { tail -20 build-setup.log >&2; exit 1; }
  rm -f build-setup.log
fi

[ -x .venv/bin/python ] || python3 -m venv .venv
for name in $wheels; do
  file=requirements/$name.txt
  stamp=.venv/.installed-$name
  if ! cmp -s "$file" "$stamp"; then
    echo "setup: installing $file"
    # What has to be built is built with requirements/build.txt, not with whatever is newest today.
    isolation=$([ "$name" = test ] && echo --no-build-isolation || true)
    .venv/bin/python -m pip install -q --disable-pip-version-check $isolation -r "$file"
    cp "$file" "$stamp"
  fi
done

# The S3 server of the tests: built once, by the Go of the wheel and the environment's settings for modules.
server=v1.8.0
if [ "$level" = check ] && [ "$(cat build/tools/.versitygw 2>/dev/null)" != "$server" ]; then
  echo "setup: building versitygw $server"
  mkdir -p build/tools
  go=$PWD/.venv/bin/go
  GOBIN=$PWD/build/tools GOTOOLCHAIN=local GOFLAGS="$("$go" env GOFLAGS) -buildvcs=false" "$go" install -trimpath \
    -ldflags='-s -w' "github.com/versity/versitygw/cmd/versitygw@$server" >build/tools/setup.log 2>&1 ||
    { tail -20 build/tools/setup.log >&2; exit 1; }
  echo "$server" >build/tools/.versitygw
fi

# The Python package, when a source of it is newer than what is installed. The same compiler as the program's
# build takes, so that each finds the other's objects in ccache.
stamp=.venv/.installed-package
sources="CMakeLists.txt pyproject.toml cmake docs/python.md src/core src/ta src/features src/python python/numerai_signals"
# shellcheck disable=SC2086  # the list is meant to be split
if [ ! -e "$stamp" ] || [ -n "$(find $sources -newer "$stamp" -print -quit)" ]; then
  echo "setup: installing the Python package"
  touch "$stamp.new"
  CXX=${CXX:-c++} .venv/bin/python -m pip install -q --disable-pip-version-check --no-build-isolation --no-deps .
  mv "$stamp.new" "$stamp"
fi

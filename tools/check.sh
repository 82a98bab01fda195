#!/bin/sh
# The checks that take longer than `make test`; each ends with its runner's own closing line.
set -eu
cd "$(dirname "$0")/.."

step() { echo; echo "== $*"; }

build() {
  cmake --preset "$1" --log-level=WARNING
  cmake --build "build/$1"
}

step "format and lint"
make --no-print-directory format-check
tools/lint.sh

step "address and undefined-behaviour sanitizers"
build asan
ctest --test-dir build/asan --output-on-failure --no-tests=error -j2
SIGNALS_BUILD=build/asan .venv/bin/python -m pytest -q -m "not preload"

step "thread sanitizer"
build tsan
ctest --test-dir build/tsan --output-on-failure --no-tests=error -j2
SIGNALS_BUILD=build/tsan .venv/bin/python -m pytest -q -m "not preload" tests/test_load.py tests/test_transform.py

step "fuzzers, briefly"
build fuzz
for target in chart csv; do
  mkdir -p "build/fuzz/corpus-$target"
  "build/fuzz/fuzz_$target" -max_total_time=40 -max_len=20000 -timeout=10 -verbosity=0 -print_final_stats=1 \
    "build/fuzz/corpus-$target" "testdata/$target"
done

step "kill -9 and full disks, at length"
SIGNALS_SOAK=1 .venv/bin/python -m pytest -q -m preload

#!/bin/sh
# Line coverage of the C++ tests and of the programs that the Python tests run.
set -eu
cd "$(dirname "$0")/.."
cmake --preset coverage --log-level=WARNING
cmake --build build/coverage
find build/coverage -name '*.gcda' -delete
ctest --test-dir build/coverage --output-on-failure -j2 >/dev/null
SIGNALS_BUILD=build/coverage .venv/bin/python -m pytest -q -n2 -m "not preload" >/dev/null
cd build/coverage
find . -name '*.gcda' -path '*src*' ! -path '*_test*' -exec gcov -r -s ../.. {} + 2>/dev/null |
  awk '/^File .src/ { file = $2 } /^Lines executed/ && file { print $0, file; file = "" }' |
  sort -t: -k2 -n >report.txt
rm -f ./*.gcov
tail -100 report.txt

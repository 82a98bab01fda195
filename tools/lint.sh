#!/bin/sh
# clang-tidy over every source of ours, and ruff.
set -eu
cd "$(dirname "$0")/.."
cmake --preset tidy --log-level=WARNING -DCMAKE_CXX_CLANG_TIDY=
git ls-files 'src/*.cc' 'tools/*.cc' 'bench/*.cc' | xargs -P2 -n4 clang-tidy --quiet -p build/tidy --warnings-as-errors='*' \
  2>build/tidy/log || { tail -5 build/tidy/log >&2; exit 1; }
.venv/bin/python -m ruff check -q .
echo "lint: clean"

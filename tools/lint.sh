#!/bin/sh
# clang-tidy over every source of ours, ruff; workflows, shell scripts, systemd units.
set -eu
cd "$(dirname "$0")/.."
git ls-files '*.sh' .ci/run | xargs .venv/bin/shellcheck
build/tools/actionlint -shellcheck .venv/bin/shellcheck
.venv/bin/zizmor --offline --quiet .github >build/tools/zizmor.log 2>&1 || { cat build/tools/zizmor.log >&2; exit 1; }
if command -v systemd-analyze >/dev/null; then
  XDG_RUNTIME_DIR=${XDG_RUNTIME_DIR:-/tmp} systemd-analyze verify --user packaging/systemd/signals.*
else
  echo "lint: no systemd-analyze here, packaging/systemd is not verified"
fi
cmake --preset tidy --log-level=WARNING -DCMAKE_CXX_CLANG_TIDY=
git ls-files 'src/*.cc' 'tools/*.cc' 'bench/*.cc' | xargs -P2 -n4 clang-tidy --quiet -p build/tidy --warnings-as-errors='*' \
  2>build/tidy/log || { tail -5 build/tidy/log >&2; exit 1; }
.venv/bin/python -m ruff check -q .
echo "lint: clean"

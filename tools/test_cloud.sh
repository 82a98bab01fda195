#!/bin/sh
# The images, and the deployed chain that runs them, on an emulator of AWS on this machine. What cannot run here is named.
set -eu
cd "$(dirname "$0")/.."

if ! tools/containers.sh podman info >build/containers.log 2>&1; then
  tail -5 build/containers.log >&2
  echo "test-cloud: NOT RUN: podman cannot run containers on this machine (it needs root or user namespaces)" >&2
  exit 1
fi
tools/build_images.sh
SIGNALS_CLOUD=1 .venv/bin/python -m pytest -q tests/test_images.py tests/test_glue.py tests/test_cloud.py

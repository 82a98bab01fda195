#!/bin/sh
# aws-smoke.sh dev|prod: what only an account can prove of a deployed stage, asked of it. Credentials as for any tool of
# AWS (AWS_PROFILE, AWS_REGION). It runs two small tasks, a cent or two, and removes what it made.
# Exit code 1 when something failed; what a human has to look at is marked LOOK.
set -eu
cd "$(dirname "$0")/.."
[ $# = 1 ] || { echo "usage: scripts/aws-smoke.sh dev|prod" >&2; exit 2; }
.venv/bin/python -c 'import boto3' 2>/dev/null || tools/setup.sh infra >&2
exec .venv/bin/python scripts/aws_smoke.py "$1"

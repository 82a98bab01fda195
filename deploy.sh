#!/bin/sh
# Deploys prod, after one question. `make deploy STAGE=dev` is for dev; options go on to `cdk deploy`.
set -eu
cd "$(dirname "$0")"
printf 'Deploy this checkout (%s) to prod? [y/N] ' "$(git describe --always --dirty 2>/dev/null || echo unknown)"
read -r answer || answer=
case $answer in y | Y | yes) ;; *) echo "nothing was deployed"; exit 1 ;; esac
exec tools/deploy.sh deploy prod --require-approval never "$@"

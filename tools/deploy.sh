#!/bin/sh
# tools/deploy.sh bootstrap|deploy|diff|destroy dev|prod|pipeline [OPTIONS OF cdk]: the CDK app of infra/, after a look
# at what it needs: credentials of the stage's account, the CDK's bootstrap, a container engine.
set -eu
cd "$(dirname "$0")/.."
PATH=$PWD/.venv/bin:$PATH
export PATH

die() { echo "deploy: $*" >&2; exit 1; }
usage() { echo "usage: tools/deploy.sh bootstrap|deploy|diff|destroy dev|prod|pipeline [OPTIONS OF cdk]" >&2; exit 2; }

[ $# -ge 2 ] || usage
action=$1 stage=$2
shift 2
case $action in bootstrap | deploy | diff | destroy) ;; *) usage ;; esac
case $stage in
  dev | prod | pipeline) ;;
  '') echo "deploy: say which: make $action STAGE=dev (or prod, pipeline)" >&2; exit 2 ;;
  *) echo "deploy: STAGE=$stage: it is dev, prod or pipeline" >&2; exit 2 ;;
esac
[ "$action $stage" != "destroy prod" ] ||
  die "prod is protected, and keeps its data: see 'What destroy leaves behind' in docs/operations.md"

tools/setup.sh infra
[ -e infra/stages.local.json ] || [ -n "${SIGNALS_STAGES:-}" ] ||
  echo "deploy: no infra/stages.local.json: the accounts are the example's; copy stages.example.json and fill it in" >&2

cdk() { node infra/node_modules/aws-cdk/bin/cdk "$@" -c "stage=$stage"; }
place=$(node infra/node_modules/tsx/dist/cli.mjs infra/tools/account.ts "$stage" "$action")

case $action in
  bootstrap)
    # Without a policy of its own the CDK's bootstrap lets deployments do anything in the account.
    policy=signals-deployment
    echo "deploy: the bootstrap takes the policy $policy (docs/operations.md, 'First deployment')" >&2
    trust=
    [ "$stage" = pipeline ] ||
      trust="--trust $(node infra/node_modules/tsx/dist/cli.mjs -e 'console.log(require("./infra/lib/settings").places().pipeline.account)')"
    # shellcheck disable=SC2086  # an option and its value, or none
    cdk bootstrap "aws://${place%% *}/${place#* }" $trust \
      --cloudformation-execution-policies "arn:aws:iam::${place%% *}:policy/$policy" "$@" ;;
  deploy)
    if [ "$stage" != pipeline ] && [ -z "${SIGNALS_IMAGE:-}" ]; then
      engine=${CDK_DOCKER:-docker}
      "$engine" info >/dev/null 2>&1 || die "no container engine: \`$engine info\` fails
  Start Docker; or name another engine (CDK_DOCKER=podman); or give an image that is built already:
  SIGNALS_IMAGE=ACCOUNT.dkr.ecr.REGION.amazonaws.com/signals@sha256:…"
    fi
    cdk deploy "$@" ;;
  diff) cdk diff "$@" ;;
  destroy)
    echo "deploy: buckets with objects do not go, images and the bootstrap stay (docs/operations.md, 'What destroy leaves behind')" >&2
    cdk destroy "$@" ;;
esac

#!/bin/sh
# The CDK app without an account: types, tests (assertions, snapshot, cdk-nag, machines, rights, rules), and
# a synthesis of every stack that has no network, no credentials, no container engine and no variables.
set -eu
cd "$(dirname "$0")/.."
root=$PWD
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# A namespace of its own has no network; who may not make one goes without variables at least, and is told.
if unshare -rn true 2>/dev/null; then alone="unshare -rn"; else
  alone=
  echo "check_infra: NOT RUN without network: this machine does not let us make a network namespace"
fi

# The directory holds node and little else: no docker, no podman, no aws.
mkdir "$work/bin" "$work/home"
ln -s "$root/.venv/bin/node" "$work/bin/node"
for tool in sh env; do ln -s "$(command -v $tool)" "$work/bin/$tool"; done
PATH=$root/.venv/bin:$PATH
export PATH

cd infra
node_modules/.bin/tsc
echo "tsc --strict: no error"
node --import tsx --test "test/**/*.test.ts" >"$work/tests" 2>&1 || { cat "$work/tests"; exit 1; }
grep -E '^. (tests|pass|fail|skipped) ' "$work/tests"

for stage in dev prod pipeline local; do
  # shellcheck disable=SC2086  # one command or none
  $alone env -i PATH="$work/bin" HOME="$work/home" node node_modules/aws-cdk/bin/cdk synth --quiet --ci \
    -c stage=$stage --output "$work/$stage" --no-notices --app "$root/infra/node_modules/.bin/tsx bin/signals.ts" \
    >"$work/synth" 2>&1 || { cat "$work/synth"; exit 1; }
  # Anything said is a warning that nobody acknowledged.
  [ ! -s "$work/synth" ] || { cat "$work/synth"; exit 1; }
done
echo "cdk synth: dev, prod, pipeline, local${alone:+, without network}"

# At the root a plain `cdk deploy` means dev, and there is one stack that it can mean.
stacks=$(cd "$root" && node infra/node_modules/aws-cdk/bin/cdk list --output "$work/root" --no-notices 2>&1)
[ "$stacks" = signals-dev ] || { echo "cdk at the root means: $stacks" >&2; exit 1; }
echo "cdk at the root: $stacks"

find "$work" -name '*.template.json' | sort >"$work/templates"
lint="import sys; from cfnlint.runner import main; sys.exit(main())"
# shellcheck disable=SC2046  # a list of files
"$root/.venv/bin/python" -c "$lint" --config-file .cfnlintrc $(cat "$work/templates")
echo "cfn-lint: $(wc -l <"$work/templates") templates, no error, no warning but those that .cfnlintrc explains"

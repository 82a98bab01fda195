#!/bin/sh
# Records what the commands say of a small simulated market, for test/metrics.test.ts: tools/record_lines.sh
# Needs `make build`.
set -eu
cd "$(dirname "$0")/../.."
program=$PWD/build/release/signals
now=2022-10-22T13:00:00Z
work=$(mktemp -d)
build/release/yahoo_sim --tickers 22 --now $now serve >"$work/url" &
server=$!
trap 'kill $server 2>/dev/null; rm -rf "$work"' EXIT
until [ -s "$work/url" ]; do kill -0 $server; done
build/release/yahoo_sim --tickers 22 --now $now universe >"$work/names.csv"
export SIGNALS_NOW=$now SIGNALS_LAKE="$work/lake" SIGNALS_YAHOO_URL
SIGNALS_YAHOO_URL=$(cat "$work/url")

record() {  # COMMAND OPTIONS…
  "$program" "$@" --json --quiet >infra/test/lines/"$1".json || [ $? -eq 4 ]
}
record resolve --universe "$work/names.csv" --rate 0
record load --start 2021-11-01 --rate 0
record transform
record publish --universe "$work/names.csv" --daily-since 2022-10-17
record status
record ready --offline
# The lake's place is this run's own.
sed -i "s|$work/lake|s3://bucket/lake|" infra/test/lines/*.json

#!/bin/sh
# The main job through the real program, over real HTTP: load -> transform -> report, then a look at the result.
# SOURCE=sim (default) asks a simulated market on this machine; SOURCE=yahoo asks Yahoo for ten tickers.
set -eu
cd "$(dirname "$0")/.."
program=build/release/signals
source=${SOURCE:-sim}
lake=demo-lake
rm -rf "$lake"

run() {
  echo
  echo "\$ $(echo "$*" | sed -E 's|build/release/||; s|( --ticker [^ ]+){3,}| --ticker …|')"
  "$@"
}

case $source in
  sim)
    url_file=$(mktemp)
    build/release/yahoo_sim --tickers 44 --now 2022-10-21T23:00:00Z serve >"$url_file" &
    server=$!
    trap 'kill $server 2>/dev/null; rm -f "$url_file"' EXIT
    until [ -s "$url_file" ]; do kill -0 $server; done
    export SIGNALS_NOW=2022-10-21T23:00:00Z
    asked=$(build/release/yahoo_sim --tickers 44 --now 2022-10-21T23:00:00Z tickers | sed 's/^/--ticker /')
    options="--yahoo-url $(cat "$url_file") --rate 0"
    start=150101
    ;;
  yahoo)
    asked="--ticker AAPL --ticker MSFT --ticker 005930.KS --ticker 7203.T --ticker 0700.HK
           --ticker BP.L --ticker SAP.DE --ticker BHP.AX --ticker VALE3.SA --ticker TEVA.TA"
    options=
    start=$(date -d '3 years ago' +%Y-%m-%d)
    ;;
  *) echo "demo: SOURCE is sim or yahoo" >&2; exit 2 ;;
esac

[ "$source" = yahoo ] || echo "# with SIGNALS_NOW=$SIGNALS_NOW, the present of the simulated market"
# shellcheck disable=SC2086  # both are lists of words
run $program load --start "$start" $asked $options --lake $lake
run $program transform --cmd volume --lags 5 --lake $lake
run $program status --lake $lake
run $program tables --lake $lake
run $program report --lake $lake
echo
echo "# the table, read by another library:"
.venv/bin/python tools/show_features.py "$program" $lake
echo
.venv/bin/python tools/demo_summary.py "$program" "$lake"

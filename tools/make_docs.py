#!/usr/bin/env python3
"""Writes docs/cli.md, docs/columns.md and docs/errors.md from the built program's own tables.

Usage: make_docs.py [--check]    --check fails if a page is not what would be written
"""

import json
import os
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
BUILD = pathlib.Path(os.environ.get("SIGNALS_BUILD", ROOT / "build" / "release"))
NOTE = "<!-- Written by `make docs`; do not edit. -->\n"


def signals(*arguments: str) -> str:
    return subprocess.run([BUILD / "signals", *arguments], check=True, capture_output=True, text=True).stdout


def cli_page() -> str:
    overview = signals("--help")
    parts = ["# Command line\n", NOTE, f"```\n{overview.strip()}\n```\n"]
    for name in re.findall(r"^  (\w+)", overview.split("commands:")[1], re.M):
        parts.append(f"## signals {name}\n\n```\n{signals(name, '--help').strip()}\n```\n")
    parts.append(
        "## Layers\n\n"
        "An option is taken from the command line, else from `SIGNALS_<OPTION>` (`--yahoo-url` is\n"
        "`SIGNALS_YAHOO_URL`; lists by commas), else from the config file (`--config`, else `./signals.toml`: a\n"
        "`[command]` section each, common options also outside), else it has its default. Secrets in the\n"
        "config file are refused.\n\n"
        "```toml\n"
        'lake = "/data/lake"          # for every command\n\n'
        "[load]\n"
        'start = "2015-01-01"\n'
        'ticker = ["AAPL", "005930.KS"]\n\n'
        "[transform]\n"
        'cmd = "all"\n'
        "lags = [5, 10, 20]\n"
        "```\n"
    )
    return "\n".join(parts)


def columns_page() -> str:
    parts = ["# Feature columns\n", NOTE]
    parts.append(
        "`first row` counts from 0, on clean input. In formulas: C close, H high, L low, V volume, `x[-1]` the\n"
        "value one row earlier.\n\n"
        "Unit: prices are split-adjusted as of the load, so a column in prices or volumes changes with a later split;\n"
        "one without a unit does not. `first bar`: relative to the first row.\n\n"
        "History, what a value depends on: `window`, a fixed number of rows; `recursive`, all rows, old ones fading;\n"
        "`cumulative`, every row since the first, so load tickers that you compare from the same start, or use\n"
        "differences.\n"
    )
    parts.append("| column | formula | from | unit | first row | history | parameters |")
    parts.append("| --- | --- | --- | --- | --- | --- | --- |")
    for one in json.loads(signals("columns", "--json")):
        params = ", ".join(f"{p['name']} {p['default']:g} ({p['min']:g} to {p['max']:g})" for p in one["params"])
        cells = [f"`{one['column']}`", f"`{one['formula']}`", one["inputs"], one["unit"], one["first_row"],
                 one["lookback"], params]  # fmt: skip
        parts.append("| " + " | ".join(str(cell) for cell in cells) + " |")
    return "\n".join(parts) + "\n"


def errors_page() -> str:
    text = (ROOT / "src" / "core" / "errors.def").read_text()
    rows = re.findall(r'^SIGNALS_ERROR\((\w+), (\d+), (\d), "(.*?)", "(.*?)"\)$', text, re.M)
    parts = [
        "# Errors\n",
        NOTE,
        "| number | name | exit code | cause | remedy |",
        "| --- | --- | --- | --- | --- |",
    ]
    parts += [f"| E{number} | {name} | {code} | {cause} | {remedy} |" for name, number, code, cause, remedy in rows]
    return "\n".join(parts) + "\n"


def main() -> int:
    stale = []
    for name, page in {"cli": cli_page(), "columns": columns_page(), "errors": errors_page()}.items():
        path = ROOT / "docs" / f"{name}.md"
        if "--check" not in sys.argv:
            path.write_text(page)
        elif not path.exists() or path.read_text() != page:
            stale.append(str(path.relative_to(ROOT)))
    if stale:
        print(f"not what `make docs` writes: {', '.join(stale)}", file=sys.stderr)
    return bool(stale)


if __name__ == "__main__":
    sys.exit(main())

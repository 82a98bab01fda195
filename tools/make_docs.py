#!/usr/bin/env python3
"""Writes docs/cli.md, docs/indicators.md, docs/tables.md and docs/errors.md from the built program's own tables.

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
    parts = ["# Command line\n", NOTE, f"```text\n{overview.strip()}\n```\n"]
    for name in re.findall(r"^  (\w+)", overview.split("commands:")[1], re.M):
        parts.append(f"## signals {name}\n\n```text\n{signals(name, '--help').strip()}\n```\n")
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


def indicators_page() -> str:
    """One table per category, of all columns; below it, by indicator, parameters and what differs from `ta`."""
    parts = ["# Indicators\n", NOTE]
    parts.append(
        "The 86 columns of `ta` 0.11.0, in its order; in a table each is named `feature_<column>`. In formulas:\n"
        "C close, H high, L low, V volume, `x[-1]` the value one row earlier, SMA, EMA, SUM, MAX, MIN over so many\n"
        "rows.\n\n"
        "- **first row**: the first with a value, counted from 0, mode `ta`, clean input (`data`: depends on it).\n"
        "- **warm-up**: how many rows a value looks back. `20`: exactly these (up to the rounding of compensated\n"
        "  sums). `~240`: all rows, but after so many an earlier start changes less than 1e-9. `all`: every row\n"
        "  since the first; load tickers that you compare from the same start, or use the scale-free form.\n"
        "- **unit**: prices are split-adjusted as of the load, so a column in prices or volumes changes with a later\n"
        "  split; one without a unit does not.\n"
        "- **scale-free form**: what `dataset` carries in place of a column with a unit; `x`: the column itself.\n\n"
        "Every value uses its own and earlier rows only in mode `causal` (the default). Modes `ta` and `fillna` are\n"
        "bit-equal to `ta`, with its leaks. What `causal` changes is stated below each table; every other cell is\n"
        "`ta`'s, bit for bit. Two more differences hold in all modes: frames shorter than a window give nulls where\n"
        "`ta` raises, and PSAR goes by position in the series, where `ta` goes by label (and is right only on a frame\n"
        "that is numbered from 0).\n"
    )
    rows = json.loads(signals("columns", "--json"))
    for category in dict.fromkeys(row["category"] for row in rows):
        parts.append(f"## {category.capitalize()}\n")
        parts.append("| column | formula | inputs | unit | first row | warm-up | scale-free form |")
        parts.append("| --- | --- | --- | --- | --- | --- | --- |")
        chosen = [row for row in rows if row["category"] == category]
        for row in chosen:
            first = row["first_row"] if row["first_row"] >= 0 else "data"
            warm_up = {"window": row["warm_up"], "recursive": f"~{row['warm_up']}", "cumulative": "all"}[
                row["lookback"]
            ]
            cells = [f"`{row['column'].removeprefix('feature_')}`", f"`{row['formula']}`", row["inputs"], row["unit"],
                     first, warm_up, f"`{row['scale_free']}`"]  # fmt: skip
            parts.append("| " + " | ".join(str(cell).replace("|", "\\|") for cell in cells) + " |")
        parts.append("\n| indicator | name for `--set` | parameters: default (range) |\n| --- | --- | --- |")
        by_name = {row["indicator"]: row for row in chosen}
        for name, row in by_name.items():
            params = ", ".join(
                f"{p['name']} {p['default']:g} ({p['min']:g} to {p['max']:g}: {p['doc']})" for p in row["params"]
            )
            parts.append(f"| {row['title']} | `{name}` | {params or 'none'} |")
        parts.append("")
        parts += [f"- `{name}`, mode causal: {row['causal']}." for name, row in by_name.items() if row["causal"]]
        parts.append("")
    return "\n".join(parts).rstrip() + "\n"


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


def tables_page() -> str:
    parts = [
        "# Tables\n",
        NOTE,
        "Apache Iceberg v2 tables; [lake_format.md](lake_format.md) says what the columns mean. Types are Iceberg's;\n"
        "in Parquet `string` is UTF-8, `date` DATE, `timestamptz` TIMESTAMP(MICROS, UTC), `long` INT64. Columns stand\n"
        "in this order; a field id never gets another meaning. The order is that of the rows within a file.\n",
    ]
    text = subprocess.run([BUILD / "table_schemas"], check=True, capture_output=True, text=True).stdout
    for table in json.loads(text):
        partition = ", ".join(f"`{one}`" for one in table["partition"]) or "none"
        order = ", ".join(f"`{one}`" for one in table["order"])
        parts.append(f"## {table['table']}\n\nPartitioned by: {partition}. Sorted by: {order}.\n")
        parts.append("| field id | column | type | nulls |\n| --- | --- | --- | --- |")
        for column in table["columns"]:
            nulls = "no" if column["required"] else "yes"
            parts.append(f"| {column['id']} | `{column['name']}` | {column['type']} | {nulls} |")
        if table["table"] == "features":
            parts.append(
                "\nEach feature column is followed by its lags; `--dtype float64` makes them `double`. `features_*`\n"
                "tables are of the same form. After `--reload` with other columns, those that stay keep their field\n"
                "ids, and new ones get new ids."
            )
        parts.append("")
    return "\n".join(parts).rstrip() + "\n"


def main() -> int:
    stale = []
    pages = {"cli": cli_page(), "indicators": indicators_page(), "tables": tables_page(), "errors": errors_page()}
    for name, page in pages.items():
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

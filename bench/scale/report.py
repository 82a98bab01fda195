"""Tables and a plot of what scale.py measured."""

import statistics
from pathlib import Path

from measure import number, table_lines

SIDES = {  # how a line of the tables is called -> which measurements it is made of
    "ns.transform, 1 thread": {"job": "package", "threads": "1"},
    "ns.transform, 2 threads": {"job": "package", "threads": "2"},
    "signals transform, 1 thread": {"job": "program", "threads": "1"},
    "signals transform, 2 threads": {"job": "program", "threads": "2"},
    "Spark: read": {"job": "spark", "what": "read"},
    "Spark: shuffle, sort, identity": {"job": "spark", "what": "identity"},
    "Spark: zeros for features": {"job": "spark", "what": "carry"},
    "spark.transform": {"job": "spark", "what": "transform"},
    "spark.transform, written": {"job": "spark", "what": "write"},
}


def chosen(results: list[dict], **wanted) -> list[dict]:
    return [one for one in results if all(one.get(name) == value for name, value in wanted.items())]


def median(results: list[dict], figure: str) -> float | None:
    return statistics.median(one[figure] for one in results) if results else None


def magnitude(one: dict) -> int:
    return len(str(one["rows"] * 2)) - 1  # 960,000 is 10^6 as well


def sizes_table(results: list[dict], cmd: str) -> list[str]:
    some = [one for one in results if one.get("cmd", "all") == cmd and "lags" not in one and "length" not in one]
    powers = sorted({magnitude(one) for one in some})
    rows = []
    for name, side in SIDES.items():
        cells = []
        for power in powers:
            here = [one for one in chosen(some, **side) if magnitude(one) == power]
            cells.append(f"{number(median(here, 'cpu_ns'))}" if here else "")
        for power in powers:
            here = [one for one in chosen(some, **side) if magnitude(one) == power]
            cells.append(peaks(here) if here else "")
        if any(cells):
            rows.append([name, *cells])
    head = ["", *(f"10^{p}, CPU ns/row" for p in powers), *(f"10^{p}, peak MiB" for p in powers)]
    return table_lines(head, rows)


def peaks(results: list[dict]) -> str:
    kinds = {kind for one in results for kind in one["peak"] if kind in ("signals", "jvm", "worker")} or {"driver"}
    shown = {kind: max(one["peak"].get(kind, 0) for one in results) / 2**20 for kind in sorted(kinds)}
    return " + ".join(f"{value:,.0f}" + (f" ({kind})" if len(shown) > 1 else "") for kind, value in shown.items())


def shapes_table(results: list[dict], by: str, default: str) -> list[str]:
    some = [one for one in results if by in one or magnitude(one) == 6]
    values = sorted(
        {one.get(by, default) for one in some}, key=lambda v: (not v.isdigit(), int(v) if v.isdigit() else 0, v)
    )
    rows = []
    for name, side in SIDES.items():
        cells = [median([one for one in chosen(some, **side) if one.get(by, default) == v], "cpu_ns") for v in values]
        if sum(cell is not None for cell in cells) > 1:
            rows.append([name, *(number(cell) if cell is not None else "" for cell in cells)])
    return table_lines([by, *values], rows)


def plot(results: list[dict], cmd: str, start: float, path: Path):
    """Core-seconds of each side against rows, and when many cores of a cluster are done."""
    import matplotlib

    matplotlib.use("svg")
    matplotlib.rcParams["svg.hashsalt"] = "signals"
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(7.5, 4.5), layout="constrained")
    for name in ("signals transform, 1 thread", "spark.transform"):
        some = [one for one in chosen(results, **SIDES[name]) if one.get("cmd", "all") == cmd and "lags" not in one]
        sizes = sorted({one["rows"] for one in some})
        fixed = start if name.startswith("spark") else 0.0
        seconds = [fixed + median(chosen(some, rows=n), "cpu_ns") * n / 1e9 for n in sizes]
        (line,) = axes.plot(sizes, seconds, "o-", label=f"{name}: one core")
        if fixed and sizes:
            cost = median(chosen(some, rows=sizes[-1]), "cpu_ns") / 1e9
            for cores, style in ((16, "--"), (64, ":")):
                there = [sizes[0], 1e9, 1e10]
                axes.plot(there, [fixed + cost * n / cores for n in there], style, color=line.get_color(),
                          label=f"the same on {cores} cores (reckoned)")  # fmt: skip
        elif sizes:
            there = [sizes[-1], 1e10]
            axes.plot(
                there, [seconds[-1] * n / sizes[-1] for n in there], "--", color=line.get_color(), label="(reckoned)"
            )
    axes.set(xscale="log", yscale="log", xlabel="rows", ylabel="seconds")
    axes.grid(alpha=0.3)
    axes.legend(frameon=False)
    figure.savefig(path, metadata={"Date": None})


def write(results: list[dict], path: Path):
    for cmd in sorted({one.get("cmd", "all") for one in results}):
        print(f"\n{cmd}:")
        print("\n".join(sizes_table(results, cmd)))
    for by, default in (("length", "5000"), ("lags", "0"), ("cmd", "all")):
        print(f"\nby {by}:")
        print("\n".join(shapes_table(results, by, default)))
    start = median([one for one in results if "start" in one], "start")
    plot(results, "volume", start, path)

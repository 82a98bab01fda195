"""Tables and a plot of what scale.py measured."""

import itertools
import statistics
from dataclasses import dataclass
from pathlib import Path

from measure import number, table_lines

SIDES = {  # (job, threads or what Spark does) -> the name of its line
    ("package", "1"): "ns.transform, 1 thread",
    ("package", "2"): "ns.transform, 2 threads",
    ("program", "1"): "signals transform, 1 thread",
    ("program", "2"): "signals transform, 2 threads",
    ("spark", "read"): "Spark reads `prices`",
    ("spark", "identity"): "... shuffles, sorts, Python gives back",
    ("spark", "carry"): "... takes zeros for features",
    ("spark", "transform"): "spark.transform",
    ("spark", "write"): "spark.transform, written",
}
WIDE = {6: "250", 7: "2500"}  # rows a ticker of the lakes whose files are all of 62,500 rows or more
FLAT = 0.1  # what counts as the same


def power_of(rows: int) -> int:
    return len(str(rows * 2)) - 1  # 960,000 is 10^6 as well


@dataclass
class Result:
    side: str
    rows: int
    shape: dict[str, str]  # cmd, lags, length
    cpu: float  # ns/row
    peak: dict[str, int]
    start: float

    @classmethod
    def of(cls, line: dict) -> "Result":
        length = line["lake"].rpartition("-")[2] if line["job"] != "package" else line.get("length", "5000")
        shape = {"cmd": line.get("cmd", "all"), "lags": line.get("lags", "0"), "length": length}
        side = SIDES[line["job"], line["what"] if line["job"] == "spark" else line["threads"]]
        return cls(side, line["rows"], shape, line["cpu_ns"], line["peak"], line.get("start", 0.0))

    @property
    def power(self) -> int:
        return power_of(self.rows)

    def memory(self) -> dict[str, float]:
        """MiB of its processes; the driver and the Python that starts workers are no part of it."""
        kinds = [kind for kind in ("signals", "jvm", "worker") if kind in self.peak] or ["driver"]
        return {kind: self.peak[kind] / 2**20 for kind in kinds}


DEFAULT = {"cmd": "volume", "lags": "0", "length": "5000"}


def median_cpu(results: list[Result]) -> float:
    return statistics.median(one.cpu for one in results)


def cost(results: list[Result]) -> str:
    return number(median_cpu(results)) if results else ""


def memory(results: list[Result]) -> str:
    kinds = {kind: max(one.memory().get(kind, 0) for one in results) for one in results for kind in one.memory()}
    return " + ".join(f"{kinds[kind]:,.0f}" + (f" {kind}" if len(kinds) > 1 else "") for kind in sorted(kinds))


Sides = dict[str, dict[int, list[Result]]]  # side -> power -> what was measured there


def by_power(results: list[Result], cmd: str = "volume", lengths: dict[int, str] | None = None) -> Sides:
    """`lengths` by power, where it is not that of DEFAULT."""
    sides: Sides = {side: {} for side in SIDES.values()}
    for one in results:
        length = (lengths or {}).get(one.power, DEFAULT["length"])
        if one.shape == DEFAULT | {"cmd": cmd, "length": length}:
            sides[one.side].setdefault(one.power, []).append(one)
    return {side: sizes for side, sizes in sides.items() if sizes}


def powers_of(sides: Sides) -> list[int]:
    return sorted(set().union(*sides.values()))


def sizes_table(sides: Sides) -> list[str]:
    powers = powers_of(sides)
    rows = []
    for side, sizes in sides.items():
        some = [sizes.get(power, []) for power in powers]
        rows.append([side, *map(cost, some), *map(memory, some)])
    return table_lines(["", *(f"10^{p}: CPU ns/row" for p in powers), *(f"10^{p}: peak MiB" for p in powers)], rows)


def flat_table(sides: Sides) -> list[str]:
    """Whether a row takes more time or memory the more there are: each size beside the one before."""
    powers = powers_of(sides)
    rows = []
    for side, sizes in sides.items():
        if len(sizes) < len(powers):
            continue
        some = [sizes[power] for power in powers]
        time = steps([median_cpu(each) for each in some])
        peaks = [max(sum(one.memory().values()) for one in each) for each in some]
        memory_a_row = steps([peak / each[0].rows for peak, each in zip(peaks, some, strict=True)])
        cells = [*(f"{step:.2f}x" for step in time), verdict(time), *(f"{step:.2f}x" for step in steps(peaks))]
        rows.append([side, *cells, verdict(memory_a_row)])
    pairs = [f"10^{b} beside 10^{a}" for a, b in itertools.pairwise(powers)]
    heads = [*(f"CPU/row: {pair}" for pair in pairs), "", *(f"peak: {pair}" for pair in pairs), "memory/row"]
    return table_lines(["", *heads], rows)


def steps(values: list[float]) -> list[float]:
    return [b / a for a, b in itertools.pairwise(values)]


def verdict(ratios: list[float]) -> str:
    if max(ratios) > 1 + FLAT:
        return "RISES"
    return "falls" if min(ratios) < 1 - FLAT else "flat"


def shapes_table(results: list[Result], by: str) -> list[str]:
    others = {name: value for name, value in DEFAULT.items() if name != by}
    some = [one for one in results if one.power == 6 and others.items() <= one.shape.items()]
    order = ["other", "volume", "momentum", "all"] if by == "cmd" else None
    values = sorted({one.shape[by] for one in some}, key=order.index if order else int)
    rows = []
    for side in SIDES.values():
        by_value = [[one for one in some if one.side == side and one.shape[by] == value] for value in values]
        if sum(map(bool, by_value)) > 1:
            rows.append([side, *map(cost, by_value), *map(memory, by_value)])
    return table_lines([by, *values, *(f"{value}: peak MiB" for value in values)], rows)


def line_of(results: list[Result], side: str) -> dict[int, float]:
    """Rows -> CPU seconds of ten columns."""
    some = [one for one in results if one.side == side and one.shape == DEFAULT]
    return {
        rows: median_cpu([one for one in some if one.rows == rows]) * rows / 1e9
        for rows in sorted({one.rows for one in some})
    }


def plot(results: list[Result], path: Path):
    """Seconds against rows: measured on one core, reckoned from there for many."""
    import matplotlib

    matplotlib.use("svg")
    matplotlib.rcParams["svg.hashsalt"] = "signals"
    from matplotlib import pyplot

    start = statistics.median(one.start for one in results if one.start)
    figure, axes = pyplot.subplots(figsize=(8, 4.8), layout="constrained")
    for side, fixed, many in ((SIDES["program", "1"], 0.0, (2,)), (SIDES["spark", "transform"], start, (16, 64))):
        measured = line_of(results, side)
        (line,) = axes.plot(measured.keys(), [fixed + s for s in measured.values()], "o-", label=f"{side}: one core")
        last = max(measured)
        rate = measured[last] / last
        for cores, style in zip(many, ("--", ":"), strict=False):
            there = [10**power for power in range(6, 12)]
            label = f"{side}: {cores} cores, reckoned"
            axes.plot(there, [fixed + rate * n / cores for n in there], style, color=line.get_color(), label=label)
    axes.set(xscale="log", yscale="log", xlabel="rows", ylabel="seconds, ten columns")
    axes.grid(alpha=0.3)
    axes.legend(frameon=False)
    figure.savefig(path, metadata={"Date": None})


def pays(results: list[Result]) -> list[str]:
    """Rows from which so many cores of a cluster are done before one machine is."""
    program, spark = (line_of(results, SIDES[side]) for side in (("program", "1"), ("spark", "transform")))
    if not program or not spark:
        return []
    ours, theirs = (seconds[max(seconds)] / max(seconds) for seconds in (program, spark))
    start = statistics.median(one.start for one in results if one.start)
    rows = []
    for machine in (2, 8, 32):
        cells = []
        for cluster in (16, 64, 256):
            gain = ours / machine - theirs / cluster
            cells.append(f"{start / gain:.1g} rows" if gain > 0 else "never")
        rows.append([f"{machine} cores", *cells])
    return [
        f"Spark costs {theirs / ours:.1f} times the CPU a row, and {start:.0f} s to start.",
        *table_lines(["one machine of", *(f"Spark on {n} cores" for n in (16, 64, 256))], rows),
    ]


def write(lines: list[dict], path: Path):
    results = [Result.of(line) for line in lines]
    program = [one for one in results if one.side.startswith("signals")]
    for title, sides in (
        ("ten columns", by_power(results)),
        ("all columns", by_power(results, "all")),
        ("in files of 62,500 rows and more", by_power(program, lengths=WIDE)),
    ):
        print(f"\nBy size, {title}:", *sizes_table(sides), sep="\n")
        print(f"\nEach size beside the one before, {title}:", *flat_table(sides), sep="\n")
    for by in ("length", "cmd", "lags"):
        print(f"\n10^6 rows, by {by}:", *shapes_table(results, by), sep="\n")
    print("", *pays(results), sep="\n")
    plot(results, path)

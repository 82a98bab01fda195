"""Timing side by side: contenders take turns over rounds, so that what slows the machine slows each of them."""

import gc
import json
import statistics
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BUILD = ROOT / "build" / "release"


class Kernels:
    """bench_kernels on one file."""

    def __init__(self, path: Path, rows: int, *flags: str):
        self.command = [BUILD / "bench_kernels", path, "--rows", str(rows), *flags]

    def run(self, *flags: str) -> dict:
        return json.loads(subprocess.run([*self.command, *flags], check=True, capture_output=True, text=True).stdout)

    def columns(self) -> list[str]:
        """Of all indicators that it runs, in the order in which it dumps them."""
        return [column for own in self.run("--passes", "1")["indicators"].values() for column in own]

    def side(self, *flags: str) -> Callable[[int], float]:
        """Nanoseconds per row: the median of the passes of one process."""
        return lambda _: self.run(*flags)["median"]

    def dump(self, path: Path, *flags: str) -> Path:
        subprocess.run([*self.command, *flags, "--dump", path], check=True)
        return path


def in_process(work: Callable[[int], int], seconds: float = 0.0, passes: int = 1) -> Callable[[int], float]:
    """A side that calls `work` with the number of the round; it returns how many rows it did."""

    def run(turn: int) -> float:
        times = []
        gc.collect()
        gc.disable()
        while len(times) < passes or sum(t for t, _ in times) < seconds:
            begin = time.perf_counter()
            rows = work(turn)
            times.append((time.perf_counter() - begin, rows))
        gc.enable()
        return statistics.median(t / rows * 1e9 for t, rows in times)

    return run


@dataclass
class Ratio:
    """Rounds of two sides, in nanoseconds per row."""

    slow: list[float]
    fast: list[float]

    @property
    def value(self) -> float:
        return statistics.median(self.slow) / statistics.median(self.fast)

    @property
    def spread(self) -> str:
        each = [a / b for a, b in zip(self.slow, self.fast, strict=True)]
        return f"{number(min(each))} to {number(max(each))}"


def interleave(sides: list[Callable[[int], float]], rounds: int) -> list[list[float]]:
    results = [[] for _ in sides]
    for turn in range(rounds):
        for result, side in zip(results, sides, strict=True):
            result.append(side(turn))
    return results


def compare(slow: Callable[[int], float], fast: Callable[[int], float], rounds: int) -> Ratio:
    return Ratio(*interleave([slow, fast], rounds))


@dataclass
class Goal:
    must: float
    aim: float | None = None
    at_most: bool = False

    def __str__(self) -> str:
        sign = "<=" if self.at_most else ">="
        return f"{sign} {self.must:,g}x" + (f" (aim {self.aim:,g}x)" if self.aim else "")

    def verdict(self, value: float) -> str:
        def reached(limit: float) -> bool:
            return value <= limit if self.at_most else value >= limit

        if not reached(self.must):
            return "FAIL"
        return "pass, aim" if self.aim and reached(self.aim) else "pass"


def number(value: float) -> str:
    """Three digits that count."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def table_lines(head: list[str], rows: list[list[str]]) -> list[str]:
    widths = [max(3, *(len(row[k]) for row in [head, *rows])) for k in range(len(head))]
    lines = [head, ["-" * width for width in widths], *rows]
    return ["| " + " | ".join(map(str.ljust, cells, widths)) + " |" for cells in lines]


class Report:
    """Markdown, printed as it grows."""

    def __init__(self):
        self.lines: list[str] = []
        self.goals: list[list[str]] = []
        self.title = ""

    def say(self, text: str = ""):
        print(text, flush=True)
        self.lines.append(text)

    def section(self, title: str, text: str):
        self.title = title
        self.say(f"\n## {title}\n{text}\n")

    def table(self, head: list[str], rows: list[list[str]]):
        for line in table_lines(head, rows):
            self.say(line)

    def ratios(self, slow: str, fast: str, rows: list[tuple[str, Ratio, Goal | None]], unit: str = "ns/row"):
        head = ["", f"{slow}, {unit}", f"{fast}, {unit}", "ratio", "spread", "goal", ""]
        self.table(head, [self.ratio_cells(*row) for row in rows])

    def ratio_cells(self, what: str, ratio: Ratio, goal: Goal | None) -> list[str]:
        numbers = [number(statistics.median(side)) for side in (ratio.slow, ratio.fast)]
        verdict = goal.verdict(ratio.value) if goal else ""
        if goal:
            self.goals.append([f"{self.title}: {what}", f"{number(ratio.value)}x", ratio.spread, str(goal), verdict])
        return [what, *numbers, f"{number(ratio.value)}x", ratio.spread, str(goal or ""), verdict]

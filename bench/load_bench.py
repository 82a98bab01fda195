"""`load` without pacing against curl and yfinance, all from one static server on this machine.

load_bench.py [--rounds N] [--daily NAMES] [--history NAMES]

curl only fetches (and unpacks); `load` also reads, checks and commits; yfinance makes data frames. The replies are
those of yahoo_sim, rendered and packed beforehand, so that the server is the limit of nobody. Contenders take turns;
the medians count. `load` needs two free cores; CPU time is what a busy machine changes least. Exit code 1 when a
goal is missed. yfinance: tools/setup.sh bench
"""

import argparse
import datetime
import gzip
import importlib.util
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BUILD = Path(os.environ.get("SIGNALS_BUILD", ROOT / "build" / "release")).resolve()
NOW = "2022-10-21T23:00:00Z"
DISTINCT = 40  # companies that are rendered; names beyond share their bars
IN_FLIGHT = "16"  # as many as `load` has without pacing
MOST_TRIES = 5
CURL_GOAL, YFINANCE_GOAL = 0.8, 20
ENVIRONMENT = {k: v for k, v in os.environ.items() if not k.startswith("SIGNALS_") and "proxy" not in k.lower()}


class Incomplete(Exception):
    """A contender did not get every name: its threads lose one now and then. That time does not count."""


class Server:
    """A program whose first line of output is its URL."""

    def __init__(self, *command):
        self.process = subprocess.Popen([str(word) for word in command], stdout=subprocess.PIPE, text=True)
        self.url = self.process.stdout.readline().strip()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()


def render(folder: Path, names: int, start: str) -> tuple[list[str], int]:
    """Writes the reply of each name, plain and packed; returns the names and the bytes of all plain ones."""
    folder.mkdir()
    period1 = int(datetime.datetime.fromisoformat(start + "T00:00:00+00:00").timestamp())
    simulator = [BUILD / "yahoo_sim", "--now", NOW, "--tickers", str(DISTINCT)]
    listed = subprocess.run([*simulator, "tickers"], check=True, capture_output=True, text=True).stdout.split()
    bodies = []
    with Server(*simulator, "serve") as server:
        for ticker in listed:
            url = f"{server.url}/v8/finance/chart/{ticker}?period1={period1}&period2=2000000000"
            with urllib.request.urlopen(url) as reply:
                bodies.append((ticker, reply.read()))
    bodies = [(ticker, body, gzip.compress(body)) for ticker, body in bodies]
    made, size = [], 0
    for i in range(names):
        ticker, body, _ = bodies[i % len(bodies)]
        name = f"N{i:05d}"
        body = body.replace(f'"symbol":"{ticker}"'.encode(), f'"symbol":"{name}"'.encode())
        assert json.loads(body)["chart"]["result"][0]["meta"]["symbol"] == name
        (folder / name).write_bytes(body)
        (folder / f"{name}.gz").write_bytes(gzip.compress(body, 1))
        made.append(name)
        size += len(body)
    return made, size


def run(command, **options):
    return subprocess.run([str(word) for word in command], check=True, env=ENVIRONMENT, **options)


def cpu_seconds() -> float:
    """Of the programs that have ended; the server has not."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def with_curl(server: Server, names: list[str], start: str, folder: Path) -> float:
    lines = []
    for name in names:
        lines += [f'url = "{server.url}/v8/finance/chart/{name}?period1=0&period2=1"', 'output = "/dev/null"']
    config = folder / "curl.txt"
    config.write_text("\n".join(lines))
    command = [
        "curl",
        "-q",
        "--silent",
        "--no-progress-meter",
        "--fail",
        "--compressed",
        "--parallel",
        "--parallel-max",
        IN_FLIGHT,
    ]
    begin = time.perf_counter()
    run([*command, "--config", config])
    return time.perf_counter() - begin


def with_load(server: Server, names: list[str], start: str, folder: Path) -> float:
    lake = Path(tempfile.mkdtemp(dir=folder))
    command = [BUILD / "signals", "load", "--lake", lake, "--now", NOW, "--rate", "0", "--yahoo-url", server.url]
    listed = folder / "names.csv"
    listed.write_text("\n".join(names))
    command += ["--start", start, "--json", "--quiet", "--universe", listed]
    begin = time.perf_counter()
    done = run(command, capture_output=True, text=True)
    seconds = time.perf_counter() - begin
    assert json.loads(done.stdout)["tickers"]["loaded"] == len(names)
    return seconds


def with_yfinance(server: Server, names: list[str], start: str, folder: Path) -> float:
    """In a process of its own, so that nothing is warm; without its cookies, crumbs and their requests."""
    cache = tempfile.mkdtemp(dir=folder)
    script = f"""
import time, yfinance as yf
import yfinance.base, yfinance.scrapers.history
from yfinance.data import YfData
yf.set_tz_cache_location({cache!r})
yfinance.base._BASE_URL_ = yfinance.scrapers.history._BASE_URL_ = {server.url!r}
YfData._get_cookie_and_crumb = lambda self, *a, **k: (None, "basic")
names = {names!r}
begin = time.perf_counter()
frame = yf.download(names, start={start!r}, end="2022-10-22", auto_adjust=False, progress=False, threads=True)
seconds = time.perf_counter() - begin
print(seconds, frame["Close"].notna().any().sum())
"""
    done = run([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True)
    seconds, got = done.stdout.split()[-2:]
    if int(got) != len(names):
        raise Incomplete(f"yfinance got {got} of {len(names)} names")
    return float(seconds)


def has_yfinance() -> bool:
    return importlib.util.find_spec("yfinance") is not None


@dataclass
class Comparison:
    """Of each contender and round: tickers a second, and milliseconds of CPU a ticker."""

    rates: dict[str, list[float]]
    cpu: dict[str, list[float]]
    kilobytes: float  # of a reply


def timed(fetch) -> tuple[float, float]:
    """Seconds, and those of CPU, of the first complete try."""
    for _ in range(MOST_TRIES):
        before = cpu_seconds()
        try:
            return fetch(), cpu_seconds() - before
        except Incomplete as missing:
            print(f"load_bench: {missing}; once more", file=sys.stderr)
    raise SystemExit("load_bench: no complete try")


def measure(title: str, folder: Path, names: int, start: str, rounds: int, yfinance_names: int) -> Comparison:
    made, size = render(folder / title, names, start)
    contenders = {"curl --parallel": (with_curl, made), "signals load": (with_load, made)}
    if has_yfinance():
        contenders["yfinance"] = (with_yfinance, made[:yfinance_names])
    rates: dict[str, list[float]] = {name: [] for name in contenders}
    cpu: dict[str, list[float]] = {name: [] for name in contenders}
    with Server(BUILD / "static_server", folder / title) as server:
        for _ in range(rounds):
            for name, (fetch, asked) in contenders.items():
                seconds, used = timed(lambda fetch=fetch, asked=asked: fetch(server, asked, start, folder))
                rates[name].append(len(asked) / seconds)
                cpu[name].append(used / len(asked) * 1000)
    return Comparison(rates, cpu, size / names / 1000)


def compare(title: str, folder: Path, names: int, start: str, rounds: int, yfinance_names: int) -> bool:
    done = measure(title, folder, names, start, rounds, yfinance_names)
    rates, cpu = done.rates, done.cpu
    ours = statistics.median(rates["signals load"])
    print(f"\n{title}: {names} names from {start}, {done.kilobytes:,.1f} kB each")
    print(f"{'':16} {'tickers/s':>10} {'MB/s':>8} {'CPU ms/ticker':>14} {'load is':>9}  least - greatest")
    good = True
    for name, all_rates in rates.items():
        rate = statistics.median(all_rates)
        ratios = [a / b for a, b in zip(rates["signals load"], all_rates, strict=True)]
        spread = "" if name == "signals load" else f"{ours / rate:8.2f}x  {min(ratios):.2f} - {max(ratios):.2f}"
        print(
            f"{name:16} {rate:10,.0f} {rate * done.kilobytes / 1e3:8,.0f} {statistics.median(cpu[name]):14.2f} {spread}"
        )
    goals = {"curl --parallel": CURL_GOAL, "yfinance": YFINANCE_GOAL}
    for name, goal in goals.items():
        if name not in rates:
            print(f"{name} is not installed: tools/setup.sh bench")
            continue
        ratio = ours / statistics.median(rates[name])
        good &= ratio >= goal
        print(f"goal {goal:g}x {name}: {'held' if ratio >= goal else 'MISSED'} at {ratio:.2f}x")
    return good


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--daily", type=int, default=7200, metavar="NAMES", help="of the daily load")
    parser.add_argument("--history", type=int, default=2400, metavar="NAMES", help="of the first back-fill")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        daily = compare("daily", Path(folder), arguments.daily, "2022-09-19", arguments.rounds, 200)
        history = compare("history", Path(folder), arguments.history, "2003-01-01", arguments.rounds, 40)
    return 0 if daily and history else 1


if __name__ == "__main__":
    sys.exit(main())

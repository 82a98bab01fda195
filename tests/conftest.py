"""The built programs as fixtures: everything here runs the real ones.

SIGNALS_BUILD names the build folder (default build/release), SIGNALS_SHARED a folder with real data that is
not part of the project (default ../shared); tests that need it are skipped without it.
"""

import contextlib
import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import threading
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

# numpy's own logarithm for AVX-512 differs from the C library's in the last bit; the oracle must use the latter.
os.environ.setdefault("NPY_DISABLE_CPU_FEATURES", "AVX512F AVX512_SKX")

import pyarrow.parquet as pq
import pytest

ROOT = pathlib.Path(__file__).resolve().parent.parent
BUILD = pathlib.Path(os.environ.get("SIGNALS_BUILD", ROOT / "build" / "release")).resolve()
SHARED = pathlib.Path(os.environ.get("SIGNALS_SHARED", ROOT.parent / "shared")).resolve()
NOW = "2022-10-21T23:00:00Z"


# A program's peak begins with the memory of the process that started it: it is started by a small one.
MEASURED = """
import os, subprocess, sys
process = subprocess.Popen(sys.argv[2:])
_, status, usage = os.wait4(process.pid, 0)
process.returncode = os.waitstatus_to_exitcode(status)
open(sys.argv[1], "w").write(str(usage.ru_maxrss * 1024))
sys.exit(process.returncode)
"""


def run_measured(command, folder, **how) -> tuple[int, int]:
    """The exit code and the peak of a program's memory in bytes."""
    peak = folder / "peak"
    code = subprocess.run([sys.executable, "-c", MEASURED, peak, *command], cwd=folder, check=False, **how).returncode
    return code, int(peak.read_text())


def clean_environment(**extra: str) -> dict[str, str]:
    kept = {k: v for k, v in os.environ.items() if not k.startswith("SIGNALS_") and "proxy" not in k.lower()}
    return kept | {"TZ": "UTC"} | extra


class Signals:
    """Runs `signals` with a lake of its own, in a folder of its own."""

    def __init__(self, folder: pathlib.Path, now: str = NOW):
        self.folder = folder
        self.now = now
        self.lake = folder / "lake"
        self.program = BUILD / "signals"

    def run(self, *arguments, env=None, now=None, expect=0, stdin=None, **options):
        """Runs a command; checks the exit code (None: any) and returns the finished process."""
        command = [self.program, *map(str, arguments)]
        environment = clean_environment(SIGNALS_NOW=now or self.now, **(env or {}))
        done = subprocess.run(
            command, cwd=self.folder, env=environment, capture_output=True, text=True, timeout=300, **options
        )
        if expect is not None:
            assert done.returncode == expect, f"exit {done.returncode}\n{done.stdout}\n{done.stderr}"
        return done

    def json(self, *arguments, **options):
        done = self.run(*arguments, "--json", **options)
        return json.loads(done.stdout)

    def files(self, table: str) -> list[str]:
        return self.run("files", table, "--quiet").stdout.splitlines()

    def read(self, table: str):
        """A whole table as a pandas frame, sorted by ticker and date."""
        frame = pq.ParquetDataset(self.files(table), partitioning=None).read().to_pandas()
        return frame.sort_values(["ticker", "date"], ignore_index=True)

    def read_table(self, table: str):
        """A small table as a pandas frame, sorted by its first column."""
        frame = pq.ParquetDataset(self.files(table), partitioning=None).read().to_pandas()
        return frame.sort_values(frame.columns[0], kind="stable", ignore_index=True)

    def versions(self, table: str) -> int:
        return len(list((self.lake / table / "metadata").glob("v*.metadata.json")))


class Simulator:
    """A running yahoo_sim. `url` is where it answers."""

    def __init__(self, now: str = NOW, tickers: int = 44, seed: int = 1, faults=(), bodies=None, events=(), options=()):
        self.options = ["--now", now, "--tickers", str(tickers), "--seed", str(seed), *events]
        command = [BUILD / "yahoo_sim", *self.options, "serve", *options]
        for fault in faults:
            command += ["--fault", fault]
        if bodies:
            command += ["--bodies", bodies]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        self.url = self.process.stdout.readline().strip()
        assert self.url.startswith("http://127.0.0.1:"), "yahoo_sim did not start"

    def ask(self, *arguments: str) -> str:
        return subprocess.run(
            [BUILD / "yahoo_sim", *self.options, *arguments], check=True, capture_output=True, text=True
        ).stdout

    def tickers(self) -> list[str]:
        return self.ask("tickers").split()

    def stats(self) -> dict:
        with urllib.request.urlopen(f"{self.url}/stats") as reply:
            return json.load(reply)

    def requests(self) -> int:
        return self.stats()["requests"]

    def load_options(self) -> list[str]:
        return ["--yahoo-url", self.url, "--rate", "0"]

    def close(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        self.process.stdout.close()


@pytest.fixture
def signals(tmp_path):
    return Signals(tmp_path)


@pytest.fixture
def start_simulator():
    """A function that starts simulators; all are stopped at the end of the test."""
    running = []

    def start(**options) -> Simulator:
        running.append(Simulator(**options))
        return running[-1]

    yield start
    for one in running:
        one.close()


@pytest.fixture(scope="session")
def simulator():
    """A simulator without faults that tests share."""
    one = Simulator()
    yield one
    one.close()


@pytest.fixture(scope="session")
def lake(tmp_path_factory):
    """A lake of three days that tests share and leave as it is."""
    from iceberg import build_lake

    return build_lake(tmp_path_factory.mktemp("lake"))


@contextlib.contextmanager
def serving(answer):
    """A server with a function of its own as GET and POST; gives its URL."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            length = int(self.headers.get("Content-Length") or 0)
            status, body = answer(self.path, self.rfile.read(length))
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_POST = do_GET

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=[0.02], daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


@pytest.fixture
def serve():
    """A function that starts a server as serving() does, and returns the URL."""
    with contextlib.ExitStack() as servers:
        yield lambda answer: servers.enter_context(serving(answer))


@pytest.fixture(scope="session")
def shared():
    if not (SHARED / "data").is_dir():
        pytest.skip(f"no real data at {SHARED}")
    return SHARED


def scrub(text: str, folder: pathlib.Path) -> str:
    """Takes out of a program's output what differs from run to run."""
    text = text.replace(str(folder), "FOLDER").replace(str(ROOT), "ROOT")
    text = re.sub(r"http://127\.0\.0\.1:\d+", "http://SERVER", text)
    text = re.sub(r"[0-9a-f]{32}", "ID", text)
    text = re.sub(r"after \d+ ms", "after N ms", text)
    text = re.sub(r"[\d.]+ [KMGTP]iB free", "N GiB free", text)
    text = re.sub(r"\d+ in (\S+\.crt|\S+\.pem)", "N in CERTIFICATES", text)
    text = re.sub(r"Arrow [\d.]+, libcurl .+?, time zones \w+", "Arrow N, libcurl N, time zones N", text)
    text = re.sub(r"\(commit \S+\)", "(commit ID)", text)
    text = re.sub(
        r"^(  (?:Arrow|lib\w+|TLS|simdjson|nlohmann-json|CLI11|fmt|spdlog|time zones|certificates) +)\S.*",
        r"\1N",
        text,
        flags=re.M,
    )
    text = re.sub(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ(?=, as the|; nothing to)", "TIME", text)
    text = re.sub(r"the first time after \d+ ms", "the first time after N ms", text)
    text = re.sub(r'"seconds": [0-9.e-]+', '"seconds": SECONDS', text)
    return text

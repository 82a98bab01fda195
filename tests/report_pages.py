"""report_pages.py FOLDER: the pages that are looked at in a browser (web/test), of lakes of the simulated market."""

import pathlib
import shutil
import sys
import tempfile

from conftest import Signals, Simulator
from report_lake import build


def report(signals: Signals, out: pathlib.Path, expect=0):
    signals.run("report", "--out", out, expect=expect)


def main(out: pathlib.Path):
    with tempfile.TemporaryDirectory() as folder:
        whole = pathlib.Path(folder) / "full"
        whole.mkdir()
        signals = build(whole, first="2022-10-02")
        report(signals, out / "full.html", 0)
        shutil.copytree(signals.lake, out / "lake", dirs_exist_ok=True)
        # One table whose newest metadata cannot be read, one with a data file that is cut short.
        newest = max((signals.lake / "symbols" / "metadata").glob("v*.json"), key=lambda path: path.stat().st_mtime)
        newest.write_text("{")
        for path in (signals.lake / "quality" / "data").rglob("*.parquet"):
            path.write_bytes(path.read_bytes()[:100])
        report(signals, out / "damaged.html", 3)
        empty = pathlib.Path(folder) / "empty"
        empty.mkdir()
        report(Signals(empty), out / "empty.html")
        half = pathlib.Path(folder) / "half"
        half.mkdir()
        loaded = Signals(half)
        simulator = Simulator(tickers=22)
        try:
            tickers = [word for ticker in ("SAAA", "SAAA.L", "000060.KS") for word in ("--ticker", ticker)]
            loaded.run("load", "--start", "2021-01-01", *tickers, *simulator.load_options())
        finally:
            simulator.close()
        report(loaded, out / "half.html")


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]).resolve())

"""`--source files:DIR`: one's own CSV files, and every real one."""

import pandas as pd
import pytest

BAR = "Date,Open,High,Low,Close,Volume\n2022-01-03,1,2,1,2,10\n"


@pytest.fixture
def folder(tmp_path):
    path = tmp_path / "csv"
    path.mkdir()
    return path


def test_bytes_that_are_no_text_do_no_harm(signals, folder):
    """A name and a header in Latin-1: reported, also as JSON, and the good file is loaded."""
    (folder / "A.csv").write_text(BAR)
    for name in (b"\xfcber", b"X\xed\xa0\x80"):
        with open(bytes(folder) + b"/" + name + b".csv", "wb") as file:
            file.write(BAR.encode())
    (folder / "B.csv").write_bytes(b"Datum;Er\xf6ffnung;H\xf6chst\n")
    report = signals.json("load", "--source", f"files:{folder}", expect=3)
    assert [one["reason"] for one in report["failed"]] == ["bad_csv", "no_input", "no_input"]
    assert list(signals.read("prices")["ticker"]) == ["A"]


def test_what_is_no_file_of_bars(signals, folder):
    """Two files of one ticker, a folder, a pipe, rows that are none: each its own failure, the rest is loaded."""
    import os

    (folder / "A.csv").write_text(BAR)
    for name in ("B.csv", "B.CSV"):
        (folder / name).write_text(BAR)
    (folder / "C.csv").mkdir()
    os.mkfifo(folder / "D.csv")
    (folder / "E.csv").write_text(BAR.replace("2022-01-03", "01/03/2022"))
    report = signals.json("load", "--source", f"files:{folder}", expect=3)
    reasons = {one["ticker"]: one["reason"] for one in report["failed"]}
    assert reasons == {"B": "no_input", "C": "no_input", "D": "no_input", "E": "bad_csv"}
    assert list(signals.read("prices")["ticker"]) == ["A"]


def test_shapes_of_one_folder(signals, folder):
    (folder / "A.csv").write_text(BAR)
    (folder / "B.DE.csv").write_text(
        "Close,Date,High,Low,Adj Close,Volume\n5,2022-01-04,6,4,1,7\n4,2022-01-03,5,3,1,8\n"
    )
    (folder / "C.CSV").write_text(
        "timestamp,high,low,close,Dividends,Stock Splits\n2022-01-03 09:00:00+09:00,2,1,2,0,2\n"
    )
    (folder / "notes.txt").write_text("no data")
    (folder / "deeper").mkdir()
    (folder / "deeper" / "D.csv").write_text(BAR)
    report = signals.json("load", "--source", f"files:{folder}")
    assert report["tickers"]["loaded"] == 3
    prices = signals.read("prices")
    assert list(prices["ticker"]) == ["A", "B.DE", "B.DE", "C"]
    assert list(prices["close"]) == [2, 4, 5, 2]
    assert prices["currency"].isna().all()
    assert prices["settled"].all()
    assert prices["split_ratio"].iloc[3] == 2
    assert pd.isna(prices["volume"].iloc[3])


def test_one_bad_file_never_harms_another(signals, folder):
    (folder / "A.csv").write_text(BAR)
    (folder / "B.csv").write_text("<!doctype html><title>404</title>")
    report = signals.json("load", "--source", f"files:{folder}", expect=3)
    assert [(one["ticker"], one["reason"]) for one in report["failed"]] == [("B", "bad_csv")]
    assert list(signals.read("prices")["ticker"]) == ["A"]


def test_a_corrected_file_changes_its_rows_only(signals, folder):
    (folder / "A.csv").write_text(BAR + "2022-01-04,1,2,1,2,10\n")
    signals.run("load", "--source", f"files:{folder}")
    (folder / "A.csv").write_text(BAR + "2022-01-04,1,3,1,2,10\n")
    report = signals.json("load", "--source", f"files:{folder}", now="2022-11-01")
    assert report["bars"] == {"new": 0, "changed": 1, "removed": 0, "kept": 1, "confirmed": 0}


def test_ntickers_takes_the_first(signals, folder):
    for name in "CAB":
        (folder / f"{name}.csv").write_text(BAR)
    assert signals.json("load", "--source", f"files:{folder}", "--ntickers", "2")["tickers"]["asked"] == 2
    assert sorted(signals.read("prices")["ticker"]) == ["A", "B"]


def test_all_real_files_load(tmp_path, shared):
    """Every row of every file is stored, or counted under a reason."""
    from conftest import Signals

    for folder in sorted(p for p in (shared / "data" / "ohlcv").iterdir() if p.is_dir()):
        work = tmp_path / folder.name
        work.mkdir()
        signals = Signals(work)
        report = signals.json("load", "--source", f"files:{folder}", "--since", "1900-01-01", now="2026-11-22")
        rows = 0
        for path in folder.glob("*.csv"):
            lines = [line for line in path.read_text().splitlines() if line.strip()]
            header = 3 if lines[0].startswith("Price,") else 1
            rows += len(lines) - header
        assert not report["failed"], folder.name
        assert report["bars"]["new"] + sum(report["left_out"].values()) == rows, folder.name
        assert len(signals.read("prices")) == report["bars"]["new"]


def test_flags_do_not_depend_on_what_was_checked_before(signals, folder):
    """A name that was away for a year goes on from its last close, also when only later years are checked again."""
    rows = {
        "A": ["2019-12-30,1", "2021-01-05,100"],
        "B": [f"{year}-03-01,50" for year in (2018, 2019, 2020, 2021, 2022)],
    }

    def load(now):
        for name, lines in rows.items():
            bars = [f"{date},{price},{price},{price},{price},10" for date, price in (line.split(",") for line in lines)]
            (folder / f"{name}.csv").write_text("\n".join(["Date,Open,High,Low,Close,Volume", *bars]))
        signals.run("load", "--source", f"files:{folder}", now=now)
        flags = signals.read_table("quality")[["ticker", "date", "flag"]].astype(str).to_numpy().tolist()
        return [flag for flag in flags if flag[0] == "A"]

    assert load("2022-10-20T23:00:00Z") == [["A", "2021-01-05", "jump"]]
    rows["B"].append("2022-03-02,51")
    assert load("2022-10-21T23:00:00Z") == [["A", "2021-01-05", "jump"]]

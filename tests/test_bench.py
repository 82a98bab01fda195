"""What `make bench` times is what it says; its goals and its gate can fail."""

import hashlib
import subprocess

import instructions
import load_bench
import load_tables
import market
import numpy as np
import pytest
from conftest import BUILD
from measure import Goal, Ratio, Report
from scale import report as scale_report


def test_kernels_time_what_the_engine_gives(tmp_path):
    bars = market.random_walk(tickers=3, rows=90)
    path, out = market.save(bars, tmp_path / "bars"), tmp_path / "out"
    flags = ["--rows", "90", "--group", "2", "--float64", "--dump", out]
    subprocess.run([BUILD / "bench_kernels", path, *flags], check=True)
    expected = [
        subprocess.run([BUILD / "ta_run", "ta"], input=one.tobytes(), check=True, capture_output=True).stdout
        for one in bars
    ]
    assert np.array_equal(np.fromfile(out), np.frombuffer(b"".join(expected)), equal_nan=True)


def hashes(folder) -> list[str]:
    return sorted(hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.rglob("*.parquet"))


@pytest.mark.parametrize("codec", ["none", "zstd"])
def test_encode_times_writing_the_bytes_of_transform(signals, codec):
    subprocess.run([BUILD / "synthetic_lake", signals.lake, "40", "300"], check=True)
    signals.run("transform", "--cmd", "all", "--lags", "1", "--codec", codec)
    subprocess.run([BUILD / "bench_encode", signals.lake, "features", "encoded", codec], check=True)
    written = hashes(signals.lake / "encoded")
    assert written
    assert written == hashes(signals.lake / "features")


def test_a_ratio_is_that_of_medians_and_its_spread_that_of_rounds():
    ratio = Ratio([100.0, 110.0, 900.0], [10.0, 11.0, 10.0])
    assert ratio.value == 11.0
    assert ratio.spread == "10.0 to 90.0"


def test_goals():
    assert [Goal(2, 3).verdict(value) for value in (1.9, 2, 3)] == ["FAIL", "pass", "pass, aim"]
    assert [Goal(1.2, at_most=True).verdict(value) for value in (1.2, 1.21)] == ["pass", "FAIL"]


@pytest.mark.parametrize(
    ("now", "code", "says"),
    [(1000.0, 0, "+0.0%"), (1009.0, 0, "+0.9%"), (1011.0, 1, "more than 1 % above"), (969.0, 0, "lower it")],
)
def test_the_gate_on_instructions(tmp_path, monkeypatch, capsys, now, code, says):
    baseline = tmp_path / "instructions.txt"
    baseline.write_text("1000.0\n")
    monkeypatch.setattr(instructions, "BASELINE", baseline)
    monkeypatch.setattr(instructions, "BUILD", BUILD)
    monkeypatch.setattr(instructions, "per_row", lambda: now)
    assert instructions.main([]) == code
    assert says in "".join(capsys.readouterr())
    instructions.main(["--write"])
    assert float(baseline.read_text()) == min(now, 1000.0)


def test_loading_beside_curl(tmp_path, monkeypatch):
    """Small, and without yfinance: that curl and `load` get all there is, and where the numbers go."""
    monkeypatch.setattr(load_bench, "BUILD", BUILD)
    monkeypatch.setattr(load_bench, "has_yfinance", lambda: False)
    report = Report()
    load_tables.load_tables(tmp_path, 9, report, daily=12, history=3)
    assert [goal[0] for goal in report.goals] == [
        "Loading: daily, curl --parallel",
        "Loading: first back-fill, curl --parallel",
    ]
    text = "\n".join(report.lines)
    assert text.count("| signals load ") == 2
    assert text.count("yfinance is not installed") == 2
    assert "3 rounds" in text


def test_loading_is_judged_by_medians():
    report = Report()
    done = load_bench.Comparison(
        {"curl --parallel": [100.0, 200.0, 50.0], "signals load": [100.0, 70.0, 60.0], "yfinance": [1.0, 3.0, 5.0]},
        {"curl --parallel": [1.0], "signals load": [2.0], "yfinance": [3.0]},
        500.0,
    )
    load_tables.table("daily", done, report)
    assert [(goal[1], goal[2], goal[4]) for goal in report.goals] == [
        ("0.70x", "0.35 to 1.20", "FAIL"),
        ("23.3x", "12.0 to 100", "pass"),
    ]
    assert any("| signals load    | 70.0      | 35.0 | 2.00" in line for line in report.lines)


def scale_lines(cpu: list[float], peaks: list[float]) -> list[dict]:
    """What bench/scale/job.py says of one side: ns and bytes a row at each size."""
    about = {"job": "package", "lake": "", "threads": "1", "cmd": "volume", "what": ""}
    sizes = [10**6, 10**7, 10**8]
    return [
        about | {"rows": rows, "cpu_ns": ns, "ns": ns, "peak": {"driver": peak * rows}}
        for rows, ns, peak in zip(sizes, cpu, peaks, strict=True)
    ]


@pytest.mark.parametrize(
    ("cpu", "peaks", "verdicts"),
    [
        ([100.0, 105.0, 100.0], [10.0, 10.0, 10.5], ["flat", "flat"]),
        ([500.0, 100.0, 105.0], [90.0, 9.0, 1.0], ["falls", "falls"]),
        ([100.0, 115.0, 115.0], [90.0, 9.0, 1.0], ["RISES", "falls"]),
        ([500.0, 100.0, 115.0], [90.0, 9.0, 10.0], ["RISES", "RISES"]),
    ],
)
def test_scale_tells_what_rises_a_row(cpu, peaks, verdicts):
    results = [scale_report.Result.of(line) for line in scale_lines(cpu, peaks)]
    (line,) = scale_report.flat_table(scale_report.by_power(results))[2:]
    cells = [cell.strip() for cell in line.split("|")]
    assert [cells[4], cells[7]] == verdicts

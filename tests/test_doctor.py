"""`signals doctor` through the real program: what it finds, what it says to do, and with which exit code."""

import json
import re
import urllib.request

import pytest
from conftest import NOW, Simulator

# What is asked for by default, and companies of the simulated market in the same currencies.
TWINS = {"AAPL": "SAAA", "7203.T": "SAAA.T", "SAP.DE": "SAAA.DE", "BHP.AX": "SAAA.AX", "VOD.L": "SAAA.L"}


@pytest.fixture
def bodies(simulator, tmp_path_factory):
    """A folder of replies for the symbols that doctor asks for."""
    folder = tmp_path_factory.mktemp("bodies")
    listed = simulator.tickers()
    for symbol, twin in TWINS.items():
        name = twin if twin in listed else next(t for t in listed if t.endswith(twin[twin.find(".") :]))
        url = f"{simulator.url}/v8/finance/chart/{name}?period1=1664000000&period2=1667000000"
        with urllib.request.urlopen(url) as reply:
            body = reply.read().decode().replace(f'"symbol":"{name}"', f'"symbol":"{symbol}"')
        (folder / f"{symbol}.json").write_text(body)
    return folder


def examine(signals, simulator, *arguments, rate=0, expect=0, **options) -> dict[str, dict]:
    url = simulator.url if isinstance(simulator, Simulator) else simulator
    found = signals.json("doctor", "--yahoo-url", url, "--rate", rate, *arguments, expect=expect, **options)
    return {one["check"]: one for one in found}


def verdicts(findings, *checks) -> list[str]:
    return [findings[check]["verdict"] for check in checks]


def test_all_is_well(signals, start_simulator, bodies):
    simulator = start_simulator(bodies=bodies)
    findings = examine(signals, simulator)
    assert {one["verdict"] for one in findings.values()} == {"ok"}, findings
    assert {one["advice"] for one in findings.values()} == {None}
    assert findings["VOD.L"]["found"].startswith("bars to 2022-10-21, GBp")
    assert findings["clock"]["found"].endswith(f"; --now {NOW} is taken instead")
    assert re.fullmatch(r"signals [\d.]+, Arrow [\d.]+, libcurl [\d.]+ \(\S+\), time zones \S+",
                        findings["versions"]["found"])  # fmt: skip
    assert simulator.requests() == 5
    assert "signals/" in simulator.stats()["agents"][0]
    assert not any(path.is_file() for path in signals.lake.rglob("*"))


def test_the_tables_of_a_lake(signals, simulator):
    signals.run("load", "--ticker", "SAAA", *simulator.load_options())
    findings = examine(signals, simulator, "--ticker", "SAAA")
    assert findings["tables"]["found"] == "prices, quality, runs, symbols"
    (signals.lake / "runs" / "metadata" / "v1.metadata.json").write_text("{")
    findings = examine(signals, simulator, "--ticker", "SAAA", expect=1)
    assert verdicts(findings, "lake", "tables", "SAAA") == ["ok", "fail", "ok"]


def test_the_first_refusal_ends_it(signals, start_simulator, bodies):
    simulator = start_simulator(bodies=bodies, faults=["429:*"])
    findings = examine(signals, simulator, expect=4)
    assert verdicts(findings, "lake", "source", "AAPL", "VOD.L") == ["ok", "fail", "warn", "warn"]
    assert "HTTP 429" in findings["source"]["found"]
    assert "data centres" in findings["source"]["advice"]
    assert simulator.requests() == 1


@pytest.mark.parametrize("fault", ["block", "429"])
def test_a_refusal_after_some_answers(signals, start_simulator, bodies, fault):
    simulator = start_simulator(bodies=bodies, faults=["pass:*:2", f"{fault}:*"])
    findings = examine(signals, simulator, rate=5, expect=4)
    assert "(after 2 answers)" in findings["source"]["found"]
    assert verdicts(findings, "AAPL", "7203.T", "VOD.L") == ["ok", "ok", "warn"]
    assert simulator.requests() <= 4


def test_a_storm_that_passes_is_waited_out_if_so_asked(signals, start_simulator, bodies):
    simulator = start_simulator(bodies=bodies, faults=["429:*:2"])
    findings = examine(signals, simulator, "--cooldown", "0.01")
    assert {one["verdict"] for one in findings.values()} == {"ok"}, findings


def test_a_server_that_is_not_there(signals, start_simulator):
    simulator = start_simulator()
    simulator.close()
    findings = examine(signals, simulator, expect=4)
    assert verdicts(findings, "lake", "clock", "source", "AAPL") == ["ok", "ok", "fail", "warn"]
    assert "Failed to connect" in findings["source"]["found"]
    assert findings["clock"]["found"].split("; ")[1] == "nothing to compare it with"


def test_a_server_without_tls(signals, simulator):
    url = simulator.url.replace("http:", "https:")
    findings = examine(signals, url, expect=4)
    assert verdicts(findings, "certificates", "source") == ["fail", "fail"]


def test_a_lake_that_cannot_be_written(signals, start_simulator, bodies):
    """In a place where even root makes no folders."""
    simulator = start_simulator(bodies=bodies)
    findings = examine(signals, simulator, "--lake", "/proc/lake", expect=1)
    assert verdicts(findings, "lake", "source", "AAPL") == ["fail", "ok", "ok"]
    assert findings["lake"]["found"].startswith("cannot write /proc/lake")
    assert "permissions" in findings["lake"]["advice"]


def test_a_lake_that_is_a_file(signals, start_simulator, bodies):
    (signals.folder / "lake").write_text("a file")
    simulator = start_simulator(bodies=bodies, faults=["429:*"])
    findings = examine(signals, simulator, expect=1)  # the lake comes before the source
    assert verdicts(findings, "lake", "source") == ["fail", "fail"]
    assert (signals.folder / "lake").read_text() == "a file"


@pytest.mark.parametrize(("error", "says"), [("300", "behind"), ("-300", "ahead of")])
def test_a_wrong_clock(signals, start_simulator, bodies, error, says):
    simulator = start_simulator(bodies=bodies, options=["--clock-error", error])
    findings = examine(signals, simulator)
    assert findings["clock"]["verdict"] == "warn"
    assert re.search(rf", (4m5\d|5m0\d)s {says} the source's", findings["clock"]["found"])
    assert "time server" in findings["clock"]["advice"]


def test_text_and_exit_code_say_the_same(signals, start_simulator, bodies):
    simulator = start_simulator(bodies=bodies, options=["--clock-error", "300"])
    done = signals.run("doctor", "--yahoo-url", simulator.url, "--rate", "0")
    lines = done.stdout.splitlines()
    assert sum(line.startswith("warn  clock ") for line in lines) == 1
    assert sum(line.strip().startswith("-> ") for line in lines) == 1
    assert lines[-1] == "12 checks: 0 failed, 1 to look at"


def test_json_is_a_list(signals, simulator):
    text = signals.run("doctor", "--yahoo-url", simulator.url, "--rate", "0", "--json", expect=1).stdout
    findings = json.loads(text)
    assert [set(one) for one in findings] == [{"check", "verdict", "found", "advice"}] * len(findings)
    source = next(one for one in findings if one["check"] == "source")
    assert "--yahoo-url" in source["advice"]  # the simulator has none of the five

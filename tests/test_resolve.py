"""`signals resolve` through the real program: against the simulated market, and a stand-in for Numerai's server."""

import io
import json
import re
from urllib.parse import unquote, urlparse

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq


def mapping(signals) -> pd.DataFrame:
    return pq.read_table(signals.files("mapping")[0]).to_pandas()


def market(simulator, path=None) -> pd.DataFrame:
    """The simulated universe with the symbols that are to be found; written to `path` as a file of ids."""
    text = simulator.ask("universe")
    frame = pd.read_csv(io.StringIO(text), dtype=str, keep_default_na=False)
    if path is not None:
        frame.drop(columns="truth").to_csv(path, index=False)
    return frame


def assert_is_truth(found: pd.DataFrame, expected: pd.DataFrame):
    keys = ["numerai_ticker", "composite_figi"]
    merged = expected.merge(found.fillna({"composite_figi": "", "yahoo": ""}), on=keys, how="outer", indicator=True)
    assert (merged["_merge"] == "both").all()
    wrong = merged[merged["truth"] != merged["yahoo"]]
    assert wrong.empty, wrong[[*keys, "truth", "yahoo", "status", "rule"]]


def test_every_name_gets_its_symbol_or_none(signals, start_simulator):
    """Two hundred companies, and the traps: renamed, reused, claimed twice, of another currency, a fund."""
    simulator = start_simulator(tickers=220)
    expected = market(simulator, signals.folder / "u.csv")
    report = signals.json("resolve", "--universe", "u.csv", *simulator.load_options())
    assert_is_truth(mapping(signals), expected)
    found = mapping(signals)
    assert (found["yahoo"].notna() == found["status"].isin(["ok", "given", "stale"])).all()
    verified = found[found["status"] == "ok"]
    assert (verified["valid_from"] >= verified["first_bar"]).all()
    assert verified["currency"].notna().all()
    live = expected[expected["date"] == expected["date"].max()]
    assert report["live"]["names"] == len(live)
    assert report["live"]["mapped"] == (live["truth"] != "").sum()
    assert report["past"]["names"] == len(expected) - len(live)
    assert {one["numerai_ticker"] for one in report["open"]} == set(live.loc[live["truth"] == "", "numerai_ticker"])
    assert report["countries"]["KR"]["mapped"] == report["countries"]["KR"]["names"] > 0

    # The load that follows takes these symbols, and stores nothing else.
    signals.run("load", "--start", "2022-10-17", *simulator.load_options())
    stored = set(signals.read("prices")["ticker"])
    assert stored <= set(found["yahoo"].dropna())
    assert len(stored) > 0.9 * len(live)


def test_the_same_day_again_asks_nothing_and_writes_nothing(signals, simulator):
    market(simulator, signals.folder / "u.csv")
    command = ["resolve", "--universe", "u.csv", *simulator.load_options()]
    first = signals.json(*command)
    again = signals.json(*command)
    assert first["changed"]
    assert first["asked"] > 40
    assert again == {**first, "asked": 0, "new_members": 0, "changed": False}
    assert signals.versions("mapping") == signals.versions("universe") == 1
    rechecked = signals.json(*command, "--recheck")
    assert rechecked["asked"] > 40


def test_a_rename_weeks_later_keeps_the_history(signals, simulator):
    """The FIGI says that the new name is the old company, whose symbol is another now."""
    (signals.folder / "a.csv").write_text("numerai_ticker,composite_figi,date\nSAAA US,F1,2022-09-30\n")
    signals.run("resolve", "--universe", "a.csv", *simulator.load_options(), now="2022-09-30T23:00:00Z")
    (signals.folder / "b.csv").write_text("numerai_ticker,composite_figi,date\nSAAB US,F1,2022-10-21\n")
    signals.run("resolve", "--universe", "b.csv", *simulator.load_options())
    assert dict(zip(mapping(signals)["numerai_ticker"], mapping(signals)["yahoo"], strict=True)) == {
        "SAAA US": "SAAB",
        "SAAB US": "SAAB",
    }


def test_parquet_files_as_numerai_writes_them(signals, simulator):
    """Only the id columns count, whatever else is there; the index of pandas is a column like another."""
    expected = market(simulator)
    frame = expected.drop(columns="truth").replace({"composite_figi": {"": None}})
    frame["feature_x"] = 0.5
    frame["feature_country"] = frame["numerai_ticker"].str[-2:].astype("category")
    frame.set_index("numerai_ticker").to_parquet(signals.folder / "live.parquet")
    signals.run("resolve", "--universe", "live.parquet", *simulator.load_options())
    assert_is_truth(mapping(signals), expected)


def test_several_files_and_overrides(signals, simulator):
    (signals.folder / "map.csv").write_text("ticker,bloomberg_ticker,yahoo\n1 JT,1 JP,1301.T\n60 KP,60 KS,\n")
    (signals.folder / "plain.csv").write_text("numerai_ticker\nSAAA US\nSAAB US\n")
    (signals.folder / "o.csv").write_text("numerai_ticker,yahoo,reason\nSAAB US,SAAC,a test\nZ US,Z,unused\n")
    done = signals.run("resolve", "--universe", "map.csv", "--universe", "plain.csv", "--overrides", "o.csv",
                       *simulator.load_options())  # fmt: skip
    found = mapping(signals).set_index("numerai_ticker")
    assert dict(found["yahoo"]) == {"1 JP": "1301.T", "60 KR": "000060.KS", "SAAA US": "SAAA", "SAAB US": "SAAC"}
    assert dict(found["rule"]) == {"1 JP": "file", "60 KR": "padding", "SAAA US": "suffix", "SAAB US": "override"}
    assert "override of Z US" in done.stderr


def test_a_failed_probe_is_partly_and_asked_again(signals, start_simulator):
    (signals.folder / "u.csv").write_text("numerai_ticker\nSAAA US\nSAAB US\n")
    simulator = start_simulator(faults=["html:SAAB:4"])
    command = ["resolve", "--universe", "u.csv", *simulator.load_options()]
    report = signals.json(*command, expect=3)
    assert [one["reason"] for one in report["failed"]] == ["bad_reply"]
    assert report["open"] == [
        {"numerai_ticker": "SAAB US", "composite_figi": None, "status": "pending", "yahoo": None, "reason": ""}
    ]
    report = signals.json(*command)
    assert report["asked"] == 1
    assert not report["open"]


def test_an_outage_is_no_news_of_any_name(signals, start_simulator):
    """Every symbol is answered with 404, at first and later: nothing of it is recorded."""
    healthy = start_simulator(tickers=220)
    expected = market(healthy, signals.folder / "u.csv")
    out = start_simulator(tickers=220, faults=["404:*"])
    command = ["resolve", "--universe", "u.csv"]
    done = signals.run(*command, *out.load_options(), expect=4)
    assert "E3002" in done.stderr
    assert "it seems to be out" in done.stderr
    assert "outage   all markets" in done.stdout
    assert set(mapping(signals)["status"]) <= {"pending", "no_rule"}
    signals.run(*command, *healthy.load_options())
    assert_is_truth(mapping(signals), expected)
    before = mapping(signals)
    signals.run(*command, "--recheck", *out.load_options(), expect=4, now="2022-11-21T23:00:00Z")
    assert mapping(signals).equals(before)


def test_an_outage_of_a_market_is_partly(signals, start_simulator):
    healthy = start_simulator(tickers=440)
    expected = market(healthy, signals.folder / "u.csv")
    out = start_simulator(tickers=440, faults=["404:*.L"])
    command = ["resolve", "--universe", "u.csv"]
    report = signals.json(*command, *out.load_options(), expect=3)
    assert [one["where"] for one in report["outages"]] == ["GB"]
    found = mapping(signals)
    assert not (found.loc[found["country"] == "GB", "status"] == "not_found").any()
    assert report["countries"]["JP"]["mapped"] > 0
    signals.run(*command, *healthy.load_options())
    assert_is_truth(mapping(signals), expected)


class Numerai:
    """Numerai's server, as far as `resolve` needs it; counts the downloads."""

    def __init__(self, serve, frame: pd.DataFrame):
        self.queries, self.downloads, self.status = [], 0, 200
        self.put(frame)
        self.url = serve(self.answer)

    def put(self, frame: pd.DataFrame):
        out = io.BytesIO()
        pq.write_table(pa.Table.from_pandas(frame, preserve_index=False), out)
        self.file = out.getvalue()

    def answer(self, path: str, body: bytes) -> tuple[int, bytes]:
        if self.status != 200:
            return self.status, b"down"
        if path.startswith("/signed/"):
            self.downloads += 1
            return 200, self.file
        query = json.loads(body)
        self.queries.append(query)
        name = query["variables"]["filename"]
        if "v9" in name:
            return 200, json.dumps({"data": {"dataset": None}, "errors": [{"message": "not found"}]}).encode()
        address = f"{self.url}/signed/{name}?X-Amz-Signature=secret"
        return 200, json.dumps({"data": {"dataset": address}}).encode()


def live_frame(simulator) -> pd.DataFrame:
    frame = market(simulator)
    return frame[frame["date"] == frame["date"].max()].drop(columns="truth")


def test_numerais_live_universe(signals, simulator, serve):
    numerai = Numerai(serve, live_frame(simulator))
    options = ["--numerai-url", numerai.url, *simulator.load_options()]
    report = signals.json("resolve", *options)
    assert report["live"]["names"] == report["new_members"] == 48
    assert numerai.queries[0]["variables"] == {"filename": "signals/v2.1/live.parquet"}
    assert "dataset(filename: $filename, tournament: 11)" in numerai.queries[0]["query"]

    # The newest that can be out is there: load needs no download.
    signals.run("load", "--universe", "numerai", "--start", "2022-10-17", "--ntickers", "5", *options)
    assert numerai.downloads == 1
    names = live_frame(simulator)["numerai_ticker"].head(5)
    symbols = mapping(signals).set_index("numerai_ticker")["yahoo"]
    assert set(signals.read("prices")["ticker"]) == set(symbols[names])

    # On Tuesday noon Monday's is due. The server is down: the old one stands in, with a warning.
    tuesday = "2022-10-25T12:00:00Z"
    numerai.status = 500
    done = signals.run("resolve", *options, now=tuesday)
    assert re.search(r"warning: http://\S+: HTTP 500 down; going on with the universe of 2022-10-21", done.stderr)
    numerai.status = 200
    numerai.put(live_frame(simulator).assign(date="2022-10-24"))
    assert signals.json("resolve", *options, now=tuesday)["new_members"] == 48
    assert numerai.downloads == 2
    dates = pq.ParquetDataset(signals.files("universe")).read(["date"]).to_pandas()["date"].astype(str)
    assert set(dates) == {"2022-10-21", "2022-10-24"}


def test_numerai_gives_nothing(signals, simulator, serve):
    numerai = Numerai(serve, live_frame(simulator))
    options = ["--numerai-url", numerai.url, *simulator.load_options()]
    done = signals.run("resolve", "--universe", "numerai:v9.0", *options, expect=1)
    assert "E2003" in done.stderr
    assert "v9.0/live.parquet" in done.stderr
    numerai.status = 429
    assert "E3003" in signals.run("resolve", *options, expect=4).stderr
    numerai.status = 200
    numerai.file = numerai.file[: len(numerai.file) // 2]
    done = signals.run("resolve", *options, expect=1)
    assert "E2008 numerai v2.1 live.parquet" in done.stderr
    assert "secret" not in done.stdout + done.stderr
    assert not list(signals.lake.glob("cache/**/*.parquet")), "a damaged file is not kept"


def test_no_name_is_asked_of_a_server_that_is_down(signals):
    (signals.folder / "u.csv").write_text("yahoo\nAAPL\n")
    done = signals.run("resolve", "--universe", "u.csv", expect=1)
    assert "nothing to resolve" in done.stderr


# Yahoo's suffix in the real files' names -> country and currency
REAL = {"AX": ("AU", "AUD"), "DE": ("DE", "EUR"), "HK": ("HK", "HKD"), "T": ("JP", "JPY"), "AS": ("NL", "EUR"),
        "L": ("GB", "GBp"), "SW": ("CH", "CHF"), "": ("US", "USD")}  # fmt: skip


def test_real_symbols_come_back(signals, shared, serve):
    """Names of the real files' companies, spelled as Numerai would, find just these files' symbols."""
    symbols = set()
    for path in (shared / "data" / "ohlcv").rglob("*.csv"):
        stem = re.sub(r"_daily$", "", path.stem).upper()
        if re.fullmatch(r"[A-Z0-9]{1,6}(-[A-Z])?(\.(AX|DE|HK|T|AS|L|SW))?", stem):
            symbols.add(stem)
    assert len(symbols) > 150
    ids = {}
    for symbol in symbols:
        name, _, suffix = symbol.partition(".")
        name = name.lstrip("0") if suffix == "HK" else name.replace("-", "/")
        ids[f"{name} {REAL[suffix][0]}"] = symbol

    def chart(path: str, _: bytes) -> tuple[int, bytes]:
        symbol = unquote(urlparse(path).path).rsplit("/", 1)[1]
        if symbol not in symbols:
            error = {"code": "Not Found", "description": "No data found, symbol may be delisted"}
            return 404, json.dumps({"chart": {"result": None, "error": error}}).encode()
        meta = {"symbol": symbol, "currency": REAL[symbol.partition(".")[2]][1], "exchangeName": "X",
                "instrumentType": "EQUITY", "firstTradeDate": 946684800, "exchangeTimezoneName": "UTC",
                "dataGranularity": "1d"}  # fmt: skip
        bar = {name: [1.0] for name in ("open", "high", "low", "close")} | {"volume": [1]}
        result = {"meta": meta, "timestamp": [1666339200], "indicators": {"quote": [bar]}}
        return 200, json.dumps({"chart": {"result": [result], "error": None}}).encode()

    (signals.folder / "u.csv").write_text("numerai_ticker\n" + "\n".join(ids) + "\n")
    report = signals.json("resolve", "--universe", "u.csv", "--yahoo-url", serve(chart), "--rate", "0")
    found = mapping(signals).set_index("numerai_ticker")["yahoo"]
    assert dict(found) == ids
    assert all(one["mapped"] == one["names"] for one in report["countries"].values())
    assert report["asked"] == len(ids), "every rule is right at once"


def test_a_storm_is_waited_out(signals, start_simulator):
    simulator = start_simulator(tickers=44, faults=["pass:*:5", "429:*:4"])
    expected = market(simulator, signals.folder / "u.csv")
    pace = ["--yahoo-url", simulator.url, "--rate", "100", "--cooldown", "0.05"]
    done = signals.run("resolve", "--universe", "u.csv", *pace)
    assert_is_truth(mapping(signals), expected)
    assert "the source refuses us: everything stops" in done.stderr
    assert "the source answers again" in done.stderr


def test_refused_for_good(signals, start_simulator):
    simulator = start_simulator(tickers=44, faults=["429:*"])
    market(simulator, signals.folder / "u.csv")
    pace = ["--yahoo-url", simulator.url, "--rate", "100", "--cooldown", "0.05"]
    done = signals.run("resolve", "--universe", "u.csv", *pace, expect=4)
    assert "E3003" in done.stderr
    assert simulator.requests() <= 8


def test_a_symbol_that_alone_is_refused_holds_nobody_up(signals, start_simulator):
    simulator = start_simulator(tickers=44, faults=["429:SAAB.NZ"])
    expected = market(simulator, signals.folder / "u.csv")
    pace = ["--yahoo-url", simulator.url, "--rate", "100", "--cooldown", "0.05"]
    report = signals.json("resolve", "--universe", "u.csv", *pace, expect=3)
    assert [one["reason"] for one in report["failed"]] == ["refused"]
    found = mapping(signals)
    assert set(expected["truth"]) - set(found["yahoo"].dropna()) == {"SAAB.NZ", ""}

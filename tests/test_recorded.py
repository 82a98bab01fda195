"""Every recorded reply of Yahoo, as the contracts say it must be handled; runs where the recordings are."""

import json
import re
from concurrent.futures import ThreadPoolExecutor

from conftest import Signals

# name of the recording -> the error's name, or what is stored
ERRORS = {
    "CAPIO.ST_1d_YHD_placeholder_no_data.json": "unknown_ticker",
    "ADH_1d_YHD_placeholder_with_data.json": "unknown_ticker",  # of a dead listing
    "AAPL_1h_no_timestamp_quote_empty.json": "bad_reply",  # hourly
    "AAPL_1m_weekend_no_timestamp.json": "bad_reply",
    "AAPL_1mo_dividends_scheb.json": "bad_reply",
    "AAPL_spark_v7_5d.json": "bad_reply",
    "VFINX_3mo_capitalGains.json": "bad_reply",
    "INVALID_1d_error404_2026.json": "unknown_ticker",
    "SIX_1d_error404_delisted.json": "unknown_ticker",
    "SI_1d_error404_delisted.json": "unknown_ticker",
}
NO_ROWS = {
    "APS.AX_1d_no_timestamp_firstTradeDate_null.json",
    "BEKE_1d_error400_before_listing.json",
    "BFLY_1d_error400_before_listing.json",
    "SYN_notimestamp_quotes_length.json",
}


def status_of(body: dict) -> int:
    error = (body.get("chart") or {}).get("error") or {}
    return {"Not Found": 404, "Bad Request": 400}.get(error.get("code"), 200)


def symbol_of(name: str, body: dict) -> str:
    result = (body.get("chart") or {}).get("result")
    return result[0]["meta"]["symbol"] if result else name.split("_")[0]


def always(status: int, body: bytes):
    """What `serve` takes: the same answer to every request."""
    return lambda path, asked: (status, body)


def load(signals, url, ticker, expect):
    command = ["load", "--start", "1900-01-01", "--ticker", ticker, "--yahoo-url", url, "--rate", "0"]
    command += ["--cooldown", "0.01"]
    done = signals.run(*command, "--json", now="2026-11-22T12:00:00Z", expect=expect)
    return json.loads(done.stdout)


def test_every_json_recording(tmp_path, shared, serve):
    recordings = sorted((shared / "data" / "yahoo").glob("*.json"))
    assert len(recordings) >= 40
    # Side by side: an unreadable reply is asked for again, after a pause.
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda path: check_recording(tmp_path / path.stem, path, serve), recordings))


def check_recording(folder, path, serve):
    text = path.read_bytes()
    body = json.loads(text)
    folder.mkdir()
    signals = Signals(folder)
    url = serve(always(status_of(body), text))
    report = load(signals, url, symbol_of(path.name, body), expect=1 if path.name in ERRORS else 0)
    if path.name in ERRORS:
        assert [one["reason"] for one in report["failed"]] == [ERRORS[path.name]], path.name
        return
    assert not report["failed"], path.name
    if path.name in NO_ROWS:
        assert report["tickers"]["empty"] == 1, path.name
        return
    rows = len(body["chart"]["result"][0]["timestamp"])
    left_out = sum(report["left_out"].values())
    assert report["bars"]["new"] + left_out == rows, path.name
    if "high" in body["chart"]["result"][0]["indicators"]["quote"][0]:
        check_values(signals, body, path.name)
    else:
        assert report["left_out"]["no_price"] == rows, path.name


def check_values(signals, body, name):
    """Closes and volumes that are stored are those of the body, in order; nulls and live rows are not."""
    result = body["chart"]["result"][0]
    quote = result["indicators"]["quote"][0]
    prices = signals.read("prices")
    served = [
        (c, v)
        for c, h, low, v in zip(quote["close"], quote["high"], quote["low"], quote["volume"], strict=True)
        if None not in (c, h, low) and min(c, h, low) > 0
    ]
    if "live" in name or "intraday" in name or "ALL.AX" in name:
        served = served[: len(prices)]  # at most the last row is live
    assert list(zip(prices["close"], prices["volume"], strict=True)) == served, name
    if result["meta"].get("currency"):
        assert set(prices["currency"]) == {result["meta"]["currency"]}
    paid = (result.get("events") or {}).get("dividends") or {}
    assert (prices["dividend"] > 0).sum() == len(paid), name


def test_the_live_row_of_a_recording_is_left_out(signals, shared, serve):
    """Recorded 90 minutes into the session; the same body after it would be stored whole."""
    text = (shared / "data" / "yahoo" / "SPY_1d_2y_2026_intraday_row.json").read_bytes()
    report = load(signals, serve(always(200, text)), "SPY", expect=0)
    assert report["left_out"]["live"] == 1


def test_every_other_body(tmp_path, shared, serve):
    """Rate limits, crumbs, HTML: refused or unreadable, and nothing is stored."""
    expected = {"429": (429, "refused"), "401": (401, "refused"), "400": (400, "bad_request"),
                "422": (422, "bad_request"), "HTML": (200, "bad_reply")}  # fmt: skip
    bodies = sorted((shared / "data" / "yahoo" / "bodies_non_json").iterdir())
    assert len(bodies) >= 8

    def check(path):
        status, reason = expected[re.split("_", path.name)[0]]
        folder = tmp_path / path.name
        folder.mkdir()
        signals = Signals(folder)
        report = load(signals, serve(always(status, path.read_bytes())), "AAPL", expect=4 if reason == "refused" else 1)
        assert [one["reason"] for one in report["failed"]] == [reason], path.name
        assert not (signals.lake / "prices").exists(), path.name

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(check, bodies))


def test_a_null_row_filled_later_is_added(signals, shared, serve):
    """The same request 17 months apart: the row that was null is real."""
    folder = shared / "data" / "yahoo"
    for name, rows in [("WSU.DE_1d_2023_nullrow_rec2023", 2), ("WSU.DE_1d_2023_filled_rec2025", 3)]:
        load(signals, serve(always(200, (folder / f"{name}.json").read_bytes())), "WSU.DE", expect=0)
        assert len(signals.read("prices")) == rows


def test_raw_bars_recorded_years_apart_are_equal(signals, shared, serve):
    folder = shared / "data" / "yahoo"
    for year in ("rec2021", "rec2025"):
        body = (folder / f"AAPL_1d_2020_split_div_{year}.json").read_bytes()
        report = load(signals, serve(always(200, body)), "AAPL", expect=0)
    assert report["bars"] == {"new": 0, "changed": 0, "kept": 49, "confirmed": 0, "removed": 0}

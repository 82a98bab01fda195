"""Which calls of TA-Lib give the columns of which indicator of ours, and how closely.

`match` is checked before anything is timed:
- same: equal from row WARM_UP on;
- seed: its averages start in another way; equal in the second half of 5,000 rows;
- mostly: another rule in rare cases, said in `why`; equal on most rows (a running total: its steps).
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from talib import _ta_lib as talib  # the compiled functions themselves, without the layer for pandas and polars

WARM_UP = 100
TOLERANCE = 1e-6
MOSTLY = 0.85
SMA, EMA = 0, 1


@dataclass(frozen=True)
class Entry:
    family: str
    name: str  # in our table
    calls: str  # for people
    columns: dict[str, float]  # of ours that the calls give, "a|b": whichever is known; factor from theirs to ours
    run: Callable  # (library, open, high, low, close, volume) -> their columns in that order
    match: str = "same"
    why: str = ""
    running: bool = False  # a running total


def share_equal(entry: Entry, theirs: np.ndarray, ours: np.ndarray) -> float:
    """Of one column: the share of rows on which both say the same, of those that `match` speaks of."""
    if entry.running:
        theirs, ours = np.diff(theirs), np.diff(ours)
    near = np.abs(theirs - ours) <= TOLERANCE * np.maximum(1, np.abs(ours))
    near |= np.isnan(theirs) & np.isnan(ours)
    return near[len(near) // 2 if entry.match == "seed" else WARM_UP :].mean()


def check(bars: np.ndarray, ours: dict[str, np.ndarray]) -> dict[str, float]:
    """The smallest share of equal rows by indicator; an error where it is less than what `match` promises."""
    found = {}
    for entry in ENTRIES:
        shares = []
        for theirs, (name, factor) in zip(entry.run(talib, *bars), entry.columns.items(), strict=True):
            known = [ours[part] for part in name.split("|")]
            column = known[0] if len(known) == 1 else np.where(np.isnan(known[0]), known[1], known[0])
            shares.append(share_equal(entry, np.asarray(theirs) * factor, column))
        found[entry.name] = min(shares)
        if found[entry.name] < (MOSTLY if entry.match == "mostly" else 1):
            raise SystemExit(f"bench: {entry.name} is not `{entry.match}` as TA-Lib's {entry.calls}: {min(shares):.2%}")
    return found


def _ichimoku(t, o, h, l, c, v):
    conv, base = t.MIDPRICE(h, l, 9), t.MIDPRICE(h, l, 26)
    return conv, base, t.MEDPRICE(conv, base), t.MIDPRICE(h, l, 52)


def _percentage(t, line):
    signal = t.EMA(line, 9)
    return line, signal, t.SUB(line, signal)


def _stoch_rsi(t, o, h, l, c, v):
    fast, k = t.STOCHRSI(c, 14, 14, 3, SMA)
    return fast, k, t.SMA(k, 3)


def _ours(prefix: str, *names: str, factor: float = 1.0) -> dict[str, float]:
    return {f"{prefix}{name}": factor for name in names}


MEANS, BANDS, EXTREMES = "moving averages", "bands and ranges", "extremes"
OSCILLATORS, DIRECTION, VOLUME, RETURNS = "oscillators", "direction", "volume", "returns"

ENTRIES = [
    Entry(MEANS, "sma", "SMA x2", _ours("trend_sma", "_fast", "_slow"),
          lambda t, o, h, l, c, v: (t.SMA(c, 12), t.SMA(c, 26))),
    Entry(MEANS, "ema", "EMA x2", _ours("trend_ema", "_fast", "_slow"),
          lambda t, o, h, l, c, v: (t.EMA(c, 12), t.EMA(c, 26)), "seed"),
    Entry(MEANS, "macd", "MACD", _ours("trend_macd", "", "_signal", "_diff"),
          lambda t, o, h, l, c, v: t.MACD(c, 12, 26, 9), "seed"),
    Entry(MEANS, "ppo", "PPO, EMA, SUB", _ours("momentum_ppo", "", "_signal", "_hist"),
          lambda t, o, h, l, c, v: _percentage(t, t.PPO(c, 12, 26, EMA)), "seed"),
    Entry(MEANS, "pvo", "PVO, EMA, SUB", _ours("momentum_pvo", "", "_signal", "_hist"),
          lambda t, o, h, l, c, v: _percentage(t, t.PVO(v, 12, 26, EMA)), "seed"),
    Entry(MEANS, "trix", "TRIX", {"trend_trix": 1}, lambda t, o, h, l, c, v: (t.TRIX(c, 15),), "seed"),
    Entry(MEANS, "kama", "KAMA", {"momentum_kama": 1}, lambda t, o, h, l, c, v: (t.KAMA(c, 10),)),
    Entry(MEANS, "dpo", "DPO", {"trend_dpo": 1}, lambda t, o, h, l, c, v: (t.DPO(c, 20),)),
    Entry(MEANS, "ao", "AO", {"momentum_ao": 1}, lambda t, o, h, l, c, v: (t.AO(h, l, 5, 34),)),
    Entry(BANDS, "bb", "BBANDS", _ours("volatility_bb", "h", "m", "l"),
          lambda t, o, h, l, c, v: t.BBANDS(c, 20, 2.0, 2.0, SMA)),
    Entry(BANDS, "dc", "DONCHIAN", _ours("volatility_dc", "h", "m", "l"),
          lambda t, o, h, l, c, v: t.DONCHIAN(h, l, 20)),
    Entry(BANDS, "atr", "ATR", {"volatility_atr": 1}, lambda t, o, h, l, c, v: (t.ATR(h, l, c, 10),), "seed"),
    Entry(BANDS, "mass", "MASSI", {"trend_mass_index": 1}, lambda t, o, h, l, c, v: (t.MASSI(h, l, 9, 25),)),
    Entry(EXTREMES, "aroon", "AROON", _ours("trend_aroon", "_down", "_up"),
          lambda t, o, h, l, c, v: t.AROON(h, l, 25), "mostly", "which of two equal extremes counts"),
    Entry(EXTREMES, "ichimoku", "MIDPRICE x3, MEDPRICE", _ours("trend_ichimoku", "_conv", "_base", "_a", "_b"),
          _ichimoku),
    Entry(EXTREMES, "stoch", "STOCHF", _ours("momentum_stoch", "", "_signal"),
          lambda t, o, h, l, c, v: t.STOCHF(h, l, c, 14, 3, SMA)),
    Entry(EXTREMES, "wr", "WILLR", {"momentum_wr": 1}, lambda t, o, h, l, c, v: (t.WILLR(h, l, c, 14),)),
    Entry(OSCILLATORS, "rsi", "RSI", {"momentum_rsi": 1}, lambda t, o, h, l, c, v: (t.RSI(c, 14),), "seed"),
    Entry(OSCILLATORS, "stoch_rsi", "STOCHRSI, SMA", _ours("momentum_stoch_rsi", "", "_k", "_d", factor=0.01),
          _stoch_rsi, "seed"),
    Entry(OSCILLATORS, "tsi", "TSI", {"momentum_tsi": 1}, lambda t, o, h, l, c, v: (t.TSI(c, 25, 13),), "seed"),
    Entry(OSCILLATORS, "uo", "ULTOSC", {"momentum_uo": 1}, lambda t, o, h, l, c, v: (t.ULTOSC(h, l, c, 7, 14, 28),)),
    Entry(OSCILLATORS, "cci", "CCI", {"trend_cci": 1}, lambda t, o, h, l, c, v: (t.CCI(h, l, c, 20),)),
    Entry(DIRECTION, "adx", "ADX, PLUS_DI, MINUS_DI", _ours("trend_adx", "", "_pos", "_neg"),
          lambda t, o, h, l, c, v: (t.ADX(h, l, c, 14), t.PLUS_DI(h, l, c, 14), t.MINUS_DI(h, l, c, 14)),
          "seed"),
    Entry(DIRECTION, "vortex", "VORTEX", _ours("trend_vortex_ind", "_pos", "_neg"),
          lambda t, o, h, l, c, v: t.VORTEX(h, l, c, 14)),
    Entry(DIRECTION, "psar", "SAR", {"trend_psar_up|trend_psar_down": 1},
          lambda t, o, h, l, c, v: (t.SAR(h, l, 0.02, 0.2),), "mostly", "the stop at a turn"),
    Entry(VOLUME, "adi", "AD", {"volume_adi": 1}, lambda t, o, h, l, c, v: (t.AD(h, l, c, v),)),
    Entry(VOLUME, "obv", "OBV", {"volume_obv": 1}, lambda t, o, h, l, c, v: (t.OBV(c, v),),
          "mostly", "equal closes", running=True),
    Entry(VOLUME, "cmf", "CMF", {"volume_cmf": 1}, lambda t, o, h, l, c, v: (t.CMF(h, l, c, v, 20),)),
    Entry(VOLUME, "fi", "EFI", {"volume_fi": 1}, lambda t, o, h, l, c, v: (t.EFI(c, v, 13),), "seed"),
    Entry(VOLUME, "vpt", "PVT", {"volume_vpt": 1}, lambda t, o, h, l, c, v: (t.PVT(c, v),)),
    Entry(VOLUME, "vwap", "TYPPRICE, VWMA", {"volume_vwap": 1},
          lambda t, o, h, l, c, v: (t.VWMA(t.TYPPRICE(h, l, c), v, 14),)),
    Entry(VOLUME, "mfi", "MFI", {"volume_mfi": 1}, lambda t, o, h, l, c, v: (t.MFI(h, l, c, v, 14),),
          "mostly", "equal typical prices"),
    Entry(VOLUME, "nvi", "NVI", {"volume_nvi": 1}, lambda t, o, h, l, c, v: (t.NVI(c, v),)),
    Entry(RETURNS, "roc", "ROC", {"momentum_roc": 1}, lambda t, o, h, l, c, v: (t.ROC(c, 12),)),
    Entry(RETURNS, "dr", "ROC", {"others_dr": 1}, lambda t, o, h, l, c, v: (t.ROC(c, 1),)),
    Entry(RETURNS, "dlr", "ROCR, LN", {"others_dlr": 100}, lambda t, o, h, l, c, v: (t.LN(t.ROCR(c, 1)),)),
]  # fmt: skip

"""The technical-analysis features of `ta`, bit for bit, for whole frames of tickers.

`transform` computes features of many tickers at once, from a pandas, polars or pyarrow frame; `ta` holds
drop-in replacements for the six `add_*_ta` functions of the library `ta`; `columns` describes the features.
`spark.transform` is for Spark's frames. `open_lake` reads the tables of a lake, `training_frame` joins its data set
with Numerai's targets. Everything that goes wrong is a `SignalsError`.
"""

import importlib
from types import ModuleType
from typing import TYPE_CHECKING

from ._columns import Column, Param, columns
from ._errors import ArgumentError, MissingColumnError, SignalsError
from ._lake import Lake, LakeError, open_lake
from ._native import __version__
from ._training import TrainingFrame, training_frame
from ._transform import transform

if TYPE_CHECKING:
    from . import spark as spark
    from . import ta

__all__ = [
    "ArgumentError",
    "Column",
    "Lake",
    "LakeError",
    "MissingColumnError",
    "Param",
    "SignalsError",
    "TrainingFrame",
    "__version__",
    "columns",
    "open_lake",
    "ta",
    "training_frame",
    "transform",
]


def __getattr__(name: str) -> ModuleType:
    if name in ("spark", "ta"):  # they need pyspark and pandas, which the rest does not
        return importlib.import_module(f".{name}", __name__)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

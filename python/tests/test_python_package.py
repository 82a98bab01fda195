"""The package: its stubs, types and documentation are what the code is."""

import doctest
import importlib
import inspect
import json
import os
import pathlib
import re
import subprocess
import sys
import typing
from importlib import metadata, resources

import glibc_log  # noqa: F401
import pytest

import numerai_signals as ns

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
SIGNALS = pathlib.Path(os.environ.get("SIGNALS_BUILD", ROOT / "build" / "release")) / "signals"
# Types of libraries that are imported where they are needed.
LAZY = {"pd": importlib.import_module("pandas"), "DataScan": typing.Any, "StaticTable": typing.Any}
MODULES = ["_columns", "_lake", "_training", "_transform", "ta"]


def test_the_stub_is_what_the_module_is(tmp_path):
    out = tmp_path / "_native.pyi"
    command = [sys.executable, "-m", "nanobind.stubgen", "-q", "-m", "numerai_signals._native", "-o", out]
    subprocess.run(command, check=True)
    committed = (ROOT / "python" / "numerai_signals" / "_native.pyi").read_text()
    assert out.read_text() == committed, "run `make stubs`"


def test_the_installed_package_is_this_one():
    for path in (ROOT / "python" / "numerai_signals").glob("*.py*"):
        assert resources.files(ns).joinpath(path.name).read_text() == path.read_text(), f"{path.name}: run `make setup`"
    assert resources.files(ns).joinpath("py.typed").is_file()


def test_one_version():
    assert ns.__version__ == metadata.version("numerai-signals")
    assert f"VERSION {ns.__version__} " in (ROOT / "CMakeLists.txt").read_text()


@pytest.mark.parametrize("module", MODULES)
def test_every_public_function_is_typed_and_documented(module):
    loaded = importlib.import_module(f"numerai_signals.{module}")
    for name, one in vars(loaded).items():
        if not inspect.isfunction(one) or one.__module__ != loaded.__name__:
            continue
        hints = typing.get_type_hints(one, localns=LAZY)
        assert set(hints) == {*inspect.signature(one).parameters, "return"}, name
        assert name.startswith("_") or name in ("make_plan", "thread_count") or one.__doc__, name


WITHOUT = """
import sys

class Without:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in ("pandas", "polars"):
            raise ModuleNotFoundError(name)

sys.meta_path.insert(0, Without())
import pyarrow as pa, numerai_signals as ns
ns.transform(pa.table({"date": ["2024-01-02"], "close": [1.0]}), "other")
"""


def test_pandas_and_polars_are_needed_only_for_their_frames():
    subprocess.run([sys.executable, "-c", WITHOUT], check=True)


@pytest.mark.parametrize("module", MODULES)
def test_docstrings(module):
    assert doctest.testmod(importlib.import_module(f"numerai_signals.{module}")).failed == 0


def test_the_manual():
    page = ROOT / "docs" / "python.md"
    text = re.sub(r"^```.*$", "", page.read_text(), flags=re.M)  # a fence is not output
    result = doctest.DocTestRunner().run(doctest.DocTestParser().get_doctest(text, {}, page.name, str(page), 0))
    assert result.failed == 0
    assert result.attempted > 10


@pytest.mark.skipif(not SIGNALS.exists(), reason="the program is not built")
def test_columns_are_those_of_the_program():
    listed = json.loads(subprocess.run([SIGNALS, "columns", "--json"], capture_output=True, check=True).stdout)
    ours = [{k: v for k, v in vars(column).items() if k != "params"} for column in ns.columns()]
    assert ours == [{k: v for k, v in row.items() if k != "params"} for row in listed]
    assert [[vars(p) for p in column.params] for column in ns.columns()] == [row["params"] for row in listed]

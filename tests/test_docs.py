"""What stands in the documentation is what the program does."""

import re
import subprocess
import sys

from conftest import ROOT
from test_load import tickers


def test_generated_pages_are_current():
    done = subprocess.run([sys.executable, ROOT / "tools" / "make_docs.py", "--check"], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_links_lead_somewhere():
    for page in [*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")]:
        prose = re.sub(r"```.*?```|`[^`]*`", "", page.read_text(), flags=re.S)
        for target in re.findall(r"\]\(([^)#:]+)\)", prose):
            assert (page.parent / target).exists(), f"{page.name}: {target}"


def test_no_market_data_and_no_paths_of_a_machine():
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert not [name for name in listed.split() if name.endswith((".parquet", ".sqlite"))]


def test_the_readmes_snippets_run(signals, simulator):
    """The Python and SQL of the README, on a small lake."""
    signals.run("load", "--start", "2022-06-01", *tickers(simulator)[:3], *simulator.load_options())
    signals.run("transform", "--cmd", "all", "--lags", "5")
    snippets = re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text(), re.S)
    assert snippets
    from conftest import BUILD, clean_environment

    environment = clean_environment(PATH=f"{BUILD}:/usr/bin:/bin")
    for code in snippets:
        subprocess.run([sys.executable, "-c", code], cwd=signals.folder, env=environment, check=True)

"""What stands in the documentation is what the program does: links lead somewhere, blocks run, transcripts are true."""

import contextlib
import datetime
import fcntl
import json
import os
import re
import signal
import subprocess
import sys

import pages
import pytest
from conftest import BUILD, ROOT, Simulator, clean_environment, serving
from test_resolve import market
from test_run import Numerai

# How many blocks of a page cannot run; each says why.
EXEMPT = {
    "README.md": 1,
    "docs/at_home.md": 3,
    "docs/docker.md": 2,
    "docs/howto/bucket.md": 1,
    "docs/howto/train_and_submit.md": 1,
    "docs/operations.md": 3,
    "docs/python.md": 2,
    "docs/report.md": 1,
    "docs/scale.md": 1,
    "docs/tutorial.md": 3,
}
NOW = "2022-11-05T13:00:00Z"  # Saturday: the round of Friday is open
MARK = "@@ block at line"


def test_generated_pages_are_current():
    done = subprocess.run([sys.executable, ROOT / "tools" / "make_docs.py", "--check"], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("page", pages.pages())
def test_links_lead_somewhere(page):
    for link in pages.links(page):
        place, _, anchor = link.partition("#")
        if re.match(r"[a-z]+:", place):
            continue
        target = (ROOT / page).parent / place if place else ROOT / page
        assert target.exists(), f"{page} links to {link}, which is not there"
        if anchor and target.suffix == ".md":
            there = pages.anchors(os.path.relpath(target, ROOT))
            assert anchor in there, f"{page} links to {link}: there is no such heading, but {sorted(there)}"


def test_every_page_is_in_the_site():
    listed = (ROOT / "docs" / "index.md").read_text().split()
    for page in pages.pages():
        name = page.removeprefix("docs/").removesuffix(".md")
        assert not page.startswith("docs/") or name in [*listed, "index"], f"{page}: put {name} into docs/index.md"


def test_every_block_says_what_it_is():
    known = ", ".join((*pages.RUN, *pages.SHOWN))
    for page in pages.pages():
        for block in pages.blocks(page):
            assert block.language in (*pages.RUN, *pages.SHOWN), f"{block}: `{block.language}` is none of {known}"
            if block.language not in pages.RUN:
                assert not block.not_run, f"{block}: only blocks that would run are marked"
                typed = re.search(r"^(\$ |signals [a-z]|make |pip |python )", block.text, re.M)
                assert not typed or block.language != "text", f"{block}: a command in a block of text is not tested"


def test_what_is_not_run_is_counted():
    found = {}
    for page in pages.pages():
        count = sum(block.not_run is not None for block in pages.blocks(page))
        found |= {page: count} if count else {}
    assert found == EXEMPT, "blocks marked `not run`: mend the page, or EXEMPT"


def test_no_market_data_and_no_paths_of_a_machine():
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert not [name for name in listed.split() if name.endswith((".parquet", ".sqlite"))]


class Reader:
    """A reader in a folder of his own, who types what a page says."""

    def __init__(self, folder, **environment: str):
        self.folder = folder
        folder.mkdir(exist_ok=True)
        for name in ("examples", "tools", "pyproject.toml", "requirements"):
            (folder / name).symlink_to(ROOT / name)
        (folder / "build").mkdir()
        (folder / "build" / "release").symlink_to(BUILD)
        (folder / ".venv").symlink_to(sys.prefix)
        path = f"{BUILD}:{os.path.dirname(sys.executable)}:{os.environ['PATH']}"
        self.environment = clean_environment(PATH=path, HOME=str(folder), OMP_NUM_THREADS="1", **environment)

    def follow(self, page: str) -> dict[int, list[str]]:
        """Runs a page; what each block printed, by its line, without figures."""
        script = pages.script(page, MARK)
        # Into files: a server that the page leaves running would keep pipes open.
        with open(self.folder / "printed", "w+") as out, open(self.folder / "errors", "w+") as errors:
            process = subprocess.Popen(
                ["bash", "-c", script], cwd=self.folder, env=self.environment, start_new_session=True,
                stdin=subprocess.DEVNULL, stdout=out, stderr=errors,
            )  # fmt: skip
            try:
                process.wait(timeout=300)
            finally:
                with contextlib.suppress(ProcessLookupError):  # what the page started goes with it
                    os.killpg(process.pid, signal.SIGKILL)
            out, errors = (self.folder / "printed").read_text(), (self.folder / "errors").read_text()
        said = errors.split(MARK)[-1]
        assert process.returncode == 0, f"{page}, block at line {said}\n{out.split(MARK)[-1][-2000:]}"
        printed = {}
        for part in out.split(MARK)[1:]:
            line, _, rest = part.partition("\n")
            printed[int(line)] = [pages.shape(one) for one in rest.splitlines()]
        return printed


@pytest.fixture(scope="module")
def tutorial(tmp_path_factory, worker_id):
    """A reader's folder at the end of the tutorial; the workers of a run share it, the first to come makes it."""
    base = tmp_path_factory.getbasetemp()
    folder = (base if worker_id == "master" else base.parent) / "tutorial"
    with open(f"{folder}.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "done").exists():
            Reader(folder).follow("docs/tutorial.md")
            (folder / "done").touch()
    return folder


@pytest.fixture(scope="module")
def servers():
    """The environment of a day after the tutorial's: the market, and Numerai with its round of Friday."""
    simulator = Simulator(now=NOW, tickers=132)
    numerai = Numerai(market(simulator)[["numerai_ticker", "composite_figi"]])
    numerai.now = datetime.datetime.fromisoformat(NOW.rstrip("Z"))
    with serving(numerai.answer) as numerai.url:
        yield {
            "SIGNALS_NOW": NOW,
            "SIGNALS_RATE": "0",
            "SIGNALS_SINCE": "2021-07-01",
            "SIGNALS_YAHOO_URL": simulator.url,
            "SIGNALS_NUMERAI_URL": numerai.url,
        }
    simulator.close()


def runnable() -> list[str]:
    return [page for page in pages.pages() if page != "docs/tutorial.md" and pages.script(page, MARK)]


@pytest.mark.pages
def test_the_tutorial_runs(tutorial):
    rows = (tutorial / "submission.csv").read_text().splitlines()
    assert rows[0] == "numerai_ticker,signal"
    assert len(rows) > 100
    assert re.search("^GO D=2022-11-04 ids", (tutorial / "printed").read_text(), re.M)
    manifest = json.loads((tutorial / "lake" / "dataset" / "manifest.json").read_text())
    assert manifest["d"] == "2022-11-04"


@pytest.mark.pages
@pytest.mark.parametrize(
    "page", [page if page == "README.md" else pytest.param(page, marks=pytest.mark.long) for page in runnable()]
)
def test_a_page_runs_as_it_stands(page, tutorial, servers, tmp_path):
    """In the folder that the tutorial leaves behind, on the next day."""
    reader = Reader(tmp_path / "signals", **servers)
    if page != "README.md":  # whose session begins with nothing
        for name in ("lake", "names.csv", "train.parquet", "validation.parquet", "submission.csv"):
            subprocess.run(["cp", "-al", tutorial / name, reader.folder / name], check=True)
        command = [BUILD / "signals", "relocate", "--quiet"]
        subprocess.run(command, cwd=reader.folder, env=reader.environment, check=True, capture_output=True)
    printed = reader.follow(page)
    for block in pages.blocks(page):
        if block.language != "console" or block.not_run:
            continue
        there = printed[block.line]
        for line in pages.shown(block):
            assert line in there, f"{block}: no line as `{line}` in\n" + "\n".join(there)

"""Golden cases of the command line: what each command prints, with what exit code.

A case is a file testdata/cli/<command>/<name>.txt:

    > NAME               writes a file; its lines follow, up to an empty one
    $ [VAR=…] signals …  runs the program; then stand its exit code, its stdout, and after --- its stderr

{server} is a simulator, {down} a port where nobody listens. SIGNALS_GOLDEN=write writes the cases anew.
"""

import os
import pathlib
import re
import shlex
import socket

import pytest
from conftest import ROOT, scrub

CASES = sorted((ROOT / "testdata" / "cli").glob("*/*.txt"))
WRITE = os.environ.get("SIGNALS_GOLDEN") == "write"


@pytest.fixture
def down():
    """The URL of a port that is taken but refuses."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{taken.getsockname()[1]}"


def run_step(signals, line: str, places: dict[str, str]) -> str:
    words = shlex.split(line.format(**places))
    env = {"SIGNALS_QUIET": "1"}
    while "=" in words[0] and not words[0].startswith("-"):
        name, value = words.pop(0).split("=", 1)
        env[name] = value  # shlex has taken the quotes away
    assert words.pop(0) == "signals"
    done = signals.run(*words, env=env, expect=None)
    if done.returncode == 0:
        assert done.stderr == "", "a success that is told to be quiet says nothing on stderr"
    text = f"exit {done.returncode}\n{done.stdout}"
    if done.stderr:
        text += f"---\n{done.stderr}"
    for place, value in places.items():
        text = text.replace(value, "{" + place + "}")
    text = re.sub(r"\bport \d+", "port N", text)
    return scrub(text, signals.folder)


def write_file(folder: pathlib.Path, name: str, lines) -> list[str]:
    taken = []
    for line in lines:
        if line == "":
            break
        taken.append(line)
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(taken) + "\n")
    return taken


@pytest.mark.parametrize("case", CASES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_golden(case, signals, simulator, down):
    places = {"server": simulator.url, "down": down}
    expected = case.read_text()
    got = []
    lines = iter(expected.splitlines())
    for line in lines:
        if line.startswith("> "):
            taken = write_file(signals.folder, line[2:], lines)
            got += [line, *taken, ""]
        elif line.startswith("$ "):
            got += [line, *run_step(signals, line[2:], places).splitlines(), ""]
        elif line.startswith("#"):
            got.append(line)
    text = "\n".join(got).rstrip("\n") + "\n"
    if WRITE:
        case.write_text(text)
        expected = text
    assert text == expected


def test_every_command_has_cases(signals):
    overview = signals.run("--help").stdout
    listed = re.findall(r"^  (\w+)", overview.split("commands:")[1], re.M)
    assert len(listed) >= 6
    assert [name for name in listed if not list((ROOT / "testdata" / "cli" / name).glob("*.txt"))] == []


def test_json_logs_are_json(signals, simulator):
    import json

    done = signals.run("load", "--ticker", "SAAA", *simulator.load_options(), "--log-format", "json")
    lines = [json.loads(line) for line in done.stderr.splitlines()]
    assert {"time", "level", "message"} <= lines[0].keys()
    failed = signals.run("load", "--ticker", "SAAA", "--start", "x", "--log-format", "json", expect=2)
    line = json.loads(failed.stderr.splitlines()[0])
    assert line["level"] == "error"
    assert line["name"] == "bad_date"
    assert line["code"] == 1004


def test_strange_folders_in_a_lake_are_no_tables(signals, simulator):
    for name in ("vendor.txt", "version-hint.text", "v.metadata.json", "v1x.metadata.json"):
        path = signals.lake / "junk" / "metadata" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("hi")
    assert "E4001" in signals.run("tables", expect=1).stderr
    signals.run("load", "--ticker", "SAAA", *simulator.load_options())
    assert [one["table"] for one in signals.json("tables")] == ["prices", "quality", "runs", "symbols"]


def test_unwritable_lake(signals, simulator):
    """A file where the lake's folder should be: no permission trick that root would walk through."""
    (signals.folder / "lake").write_text("a file")
    done = signals.run("load", "--ticker", "SAAA", *simulator.load_options(), "--quiet", expect=1)
    assert done.stderr.startswith("error: E4003 cannot write ")
    assert (signals.folder / "lake").read_text() == "a file"


def test_a_reader_that_leaves_early_is_no_failure(signals, simulator):
    import subprocess

    from conftest import BUILD, clean_environment

    signals.run("load", "--ticker", "SAAA", *simulator.load_options())
    script = f"{BUILD}/signals files prices | head -1; exit ${{PIPESTATUS[0]}}"
    done = subprocess.run(
        ["bash", "-c", script], cwd=signals.folder, env=clean_environment(), capture_output=True, text=True
    )
    assert done.returncode == 0
    assert done.stderr == ""


def test_the_progress_bar_only_on_a_terminal(signals, simulator):
    import pty
    import subprocess

    from conftest import BUILD, clean_environment

    ours, theirs = pty.openpty()
    command = [BUILD / "signals", "load", "--ticker", "SAAA", *simulator.load_options()]
    process = subprocess.Popen(
        command, cwd=signals.folder, env=clean_environment(), stderr=theirs, stdout=subprocess.PIPE
    )
    out, _ = process.communicate(timeout=60)
    os.close(theirs)
    shown = os.read(ours, 100_000).decode()
    os.close(ours)
    assert process.returncode == 0
    assert "[########################] 1/1" in shown
    assert b"\x1b" not in out

"""Completion by real shells: each is given the script that the program prints, then words to complete."""

import os
import pty
import re
import select
import shutil
import subprocess
import time

import pytest
from conftest import BUILD, clean_environment

SHELLS = ("bash", "zsh", "fish")


def shell(name: str, code: str, folder) -> list[str]:
    """The lines that a shell prints, with the script in place and the program in the PATH."""
    if shutil.which(name) is None:
        pytest.skip(f"no {name} here (make check installs it)")
    script = folder / f"_signals.{name}"
    script.write_bytes(subprocess.run([BUILD / "signals", "completion", name], check=True, capture_output=True).stdout)
    environment = clean_environment(PATH=f"{BUILD}:/usr/bin:/bin", HOME=str(folder))
    start = {"bash": "source $S", "fish": "source $S", "zsh": "autoload -U compinit; compinit -u; source $S"}[name]
    code = f"{start.replace('$S', str(script))}\n{code}"
    done = subprocess.run([name, "-c", code], cwd=folder, env=environment, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    return done.stdout.splitlines()


def bash(line: str, folder) -> list[str]:
    """What bash offers for the last word of a line, split as bash splits it."""
    words = re.findall(r"[^\s=]+|=", line) + ([""] if line.endswith((" ",)) else [])
    quoted = " ".join(f"'{word}'" for word in words)
    return shell(
        "bash",
        f'COMP_WORDS=({quoted}); COMP_CWORD={len(words) - 1}; _signals; printf "%s\\n" "${{COMPREPLY[@]}}"',
        folder,
    )


def fish(line: str, folder) -> list[str]:
    return [one.split("\t")[0] for one in shell("fish", f"complete -C '{line}'", folder)]


def help_of(*words: str) -> str:
    return subprocess.run([BUILD / "signals", *words, "--help"], check=True, capture_output=True, text=True).stdout


def commands() -> list[str]:
    return re.findall(r"^  (\w+)", help_of().split("commands:")[1], re.M)


@pytest.mark.parametrize("complete", [bash, fish])
def test_every_command_and_option_is_offered(complete, tmp_path):
    offered = complete("signals ", tmp_path)
    assert set(commands()) <= set(offered)
    for command in commands():
        options = set(re.findall(r"^  (?:-h,)?(--[\w-]+)", help_of(command), re.M))
        assert len(options) > 5
        assert set(complete(f"signals {command} --", tmp_path)) == options, command


@pytest.mark.parametrize("complete", [bash, fish])
@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("signals trans", {"transform"}),
        ("signals help sk", {"skew"}),
        ("signals transform --pri", {"--prices"}),
        ("signals transform --prices ", {"served", "total-return"}),
        ("signals status --log-format j", {"json"}),
        ("signals transform --cmd mo", {"momentum"}),
        ("signals completion z", {"zsh"}),
        ("signals load --start ", set()),
        ("signals load --config na", {"names.csv"}),
        ("signals status --lake some", {"some folder/"}),
    ],
)
def test_what_is_offered(complete, line, offered, tmp_path):
    (tmp_path / "names.csv").touch()
    (tmp_path / "some folder").mkdir()
    got = {one.replace("\\", "") for one in complete(line, tmp_path) if one}
    if line.endswith("some") and complete is bash:
        offered = {"some folder"}  # readline adds the slash
    assert got == offered


def test_a_value_after_an_equals_sign(tmp_path):
    assert bash("signals transform --prices=to", tmp_path) == ["total-return"]
    assert bash("signals transform --prices=", tmp_path) == ["served", "total-return"]


@pytest.mark.parametrize("name", SHELLS)
def test_the_script_is_one_that_the_shell_can_read(name, tmp_path):
    script = subprocess.run([BUILD / "signals", "completion", name], check=True, capture_output=True).stdout
    if shutil.which(name) is None:
        pytest.skip(f"no {name} here (make check installs it)")
    done = subprocess.run([name, "-n"], input=script, capture_output=True)
    assert (done.returncode, done.stderr) == (0, b"")


@pytest.mark.parametrize(
    ("name", "typed", "becomes"),
    [
        ("bash", "signals statu", "signals status"),
        ("bash", "signals transform --dty", "signals transform --dtype"),
        ("zsh", "signals statu", "signals status"),
        ("zsh", "signals transform --pric", "signals transform --prices="),
        ("zsh", "signals transform --dtype=float3", "signals transform --dtype=float32"),
    ],
)
def test_the_tab_key(name, typed, becomes, tmp_path):
    """At a prompt of the shell, in a terminal."""
    if shutil.which(name) is None:
        pytest.skip(f"no {name} here (make check installs it)")
    script = tmp_path / "script"
    script.write_bytes(subprocess.run([BUILD / "signals", "completion", name], check=True, capture_output=True).stdout)
    start = {
        "bash": ["bash", "--norc", "--noprofile", "-i"],
        "zsh": ["zsh", "-f", "-i"],
    }[name]
    setup = {"bash": "", "zsh": "unsetopt zle_bracketed_paste; autoload -U compinit; compinit -u; "}[name]
    environment = clean_environment(PATH=f"{BUILD}:/usr/bin:/bin", HOME=str(tmp_path), TERM="dumb", INPUTRC="/dev/null")
    child, terminal = pty.fork()
    if child == 0:
        os.chdir(tmp_path)
        os.execvpe(start[0], start, environment)
    try:
        os.write(terminal, f"{setup}source {script}; PS1='rea''dy> '\n".encode())
        read_until(terminal, "ready> ")
        os.write(terminal, f"{typed}\t".encode())
        read_until(terminal, becomes)
    finally:
        os.kill(child, 9)
        os.waitpid(child, 0)
        os.close(terminal)


def read_until(terminal: int, wanted: str) -> None:
    seen, end = "", time.monotonic() + 60
    while wanted not in seen:
        ready, _, _ = select.select([terminal], [], [], max(0, end - time.monotonic()))
        assert ready, f"it shows {seen!r}"
        seen += os.read(terminal, 4096).decode(errors="replace").replace("\b", "")

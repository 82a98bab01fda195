"""The `signals` command, started with the arguments of the Python project of the same name that came before it."""

import os
import shutil
import sys
from collections.abc import Sequence
from typing import NoReturn

GONE = {"--local": "--local does nothing any more: keys of a bucket come from the environment (--lake s3://…)"}


def find_program() -> str:
    """The path of `signals`: that of SIGNALS_PROGRAM, of this Python's environment, of the package, of the PATH."""
    named = os.environ.get("SIGNALS_PROGRAM")
    if named:
        if shutil.which(named) is None:
            sys.exit(f"error: SIGNALS_PROGRAM names {named}, which is not a program: correct it, or unset it")
        return named
    package = os.path.join(os.path.dirname(os.path.abspath(__file__)), "_bin")
    for folder in (os.path.dirname(sys.executable), package, None):
        found = shutil.which("signals", path=folder)
        if found is not None:
            return found
    sys.exit(
        "error: the command signals is not in the PATH: run `make install` in a checkout of the project, "
        "or name it with SIGNALS_PROGRAM=/path/to/signals"
    )


def become(command: str, arguments: Sequence[str]) -> NoReturn:
    """Replaces this process by `signals COMMAND`; leaves out what has no meaning any more, and says so."""
    program = find_program()
    for gone in sorted(GONE.keys() & set(arguments)):
        print(f"note: {GONE[gone]}", file=sys.stderr, flush=True)
    os.execv(program, [program, command, *(one for one in arguments if one not in GONE)])

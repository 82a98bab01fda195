#!/usr/bin/env python3
"""clang-tidy over sources, two at a time; what was clean and has not changed since is not read again.

Usage: tidy.py BUILD [--checks=CHECKS] SOURCE…

A source is known to be clean by a hash of itself, of our headers that it includes, of .clang-tidy, the checks, the
pinned Arrow and clang-tidy's version, kept in ~/.cache/signals-tidy.
"""

import concurrent.futures
import functools
import hashlib
import os
import pathlib
import re
import subprocess
import sys

CACHE = pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache") / "signals-tidy"
INCLUDE = re.compile(rb'^\s*#\s*include\s+"([^"]+)"', re.MULTILINE)


@functools.cache
def included(path: pathlib.Path) -> frozenset[pathlib.Path]:
    """The file and our files that it includes, directly or not."""
    files, left = {path}, [path]
    while left:
        here = left.pop()
        for name in INCLUDE.findall(here.read_bytes()):
            for folder in (here.parent, pathlib.Path("src"), pathlib.Path(".")):
                found = folder / name.decode()
                if found.exists() and found not in files:
                    files.add(found)
                    left.append(found)
    return frozenset(files)


def main() -> int:
    build, *rest = sys.argv[1:]
    checks = [one for one in rest if one.startswith("--checks=")]
    sources = [pathlib.Path(one) for one in rest if not one.startswith("--")]
    version = subprocess.run(["clang-tidy", "--version"], capture_output=True, check=True).stdout
    shared = [pathlib.Path("requirements/run.txt").read_bytes(), version]
    shared += [pathlib.Path(".clang-tidy").read_bytes(), pathlib.Path("CMakePresets.json").read_bytes()]
    CACHE.mkdir(parents=True, exist_ok=True)

    def stamp(source: pathlib.Path) -> pathlib.Path:
        parts = shared + [one.encode() for one in checks]
        for path in sorted(included(source)):
            parts += [str(path).encode(), path.read_bytes()]
        return CACHE / hashlib.sha256(b"\0".join(hashlib.sha256(one).digest() for one in parts)).hexdigest()

    def check(source: pathlib.Path) -> str:
        mark = stamp(source)
        if mark.exists():
            mark.touch()
            return ""
        run = subprocess.run(
            ["clang-tidy", "--quiet", "-p", build, *checks, "--warnings-as-errors=*", source],
            capture_output=True,
            text=True,
        )
        if run.returncode == 0:
            mark.touch()
            return ""
        return run.stdout or run.stderr

    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        found = [one for one in pool.map(check, sources) if one]
    print("".join(found), end="")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())

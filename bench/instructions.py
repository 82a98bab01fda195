"""Instructions per ticker-row of the whole indicator table, under callgrind: the same on a busy machine.

instructions.py          prints them, and fails when they are more than 1 % above bench/instructions.txt
instructions.py --write  lowers that figure; raising it is an edit that a commit has to explain
"""

import re
import subprocess
import sys
import tempfile
from pathlib import Path

import market
from measure import BUILD, Kernels

BASELINE = Path(__file__).with_name("instructions.txt")
TICKERS, FEW, MANY = 4, 512, 1536
ABOVE, BELOW = 1.01, 0.97


def count(folder: Path, rows: int) -> int:
    """Instructions of one pass: 4 lanes, because valgrind knows AVX2 and not AVX-512."""
    path = market.save(market.random_walk(TICKERS, MANY)[:, :, :rows], folder / "walk")
    command = Kernels(path, rows, "--lanes", "4", "--passes", "1").command
    tool = ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null"]
    tool += ["--collect-atstart=no", "--toggle-collect=signals::ta::Engine::compute*"]
    done = subprocess.run([*tool, *command], check=True, capture_output=True, text=True)
    return int(re.search(r"Collected : (\d+)", done.stderr)[1])


def per_row() -> float:
    """Of the engine alone, without what a call costs before its first row."""
    with tempfile.TemporaryDirectory() as folder:
        few, many = (count(Path(folder), rows) for rows in (FEW, MANY))
    return (many - few) / (TICKERS * (MANY - FEW))


def main(arguments: list[str]) -> int:
    if not (BUILD / "bench_kernels").exists():
        print("instructions: build/release/bench_kernels is not there", file=sys.stderr)
        return 2
    now, baseline = per_row(), float(BASELINE.read_text())
    print(f"{now:.1f} instructions per ticker-row, baseline {baseline:.1f} ({now / baseline - 1:+.1%})")
    if arguments == ["--write"]:
        if now > baseline:
            print("instructions: not lowered, it is above; to raise it edit bench/instructions.txt", file=sys.stderr)
            return 1
        BASELINE.write_text(f"{now:.1f}\n")
    elif now > baseline * ABOVE:
        print("instructions: more than 1 % above bench/instructions.txt", file=sys.stderr)
        return 1
    elif now < baseline * BELOW:
        print("instructions: more than 3 % below the baseline: lower it with bench/instructions.py --write")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

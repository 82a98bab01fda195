"""Fails if code for one SIMD width can be called by another: `check_widths.py LIBRARY`.

The linker keeps one copy of an inline function, whichever object it meets first. A copy compiled for a wide CPU
would then run on a narrow one. So objects of the wide kernels may define weak functions only in the namespace
of their own width.
"""

import re
import subprocess
import sys


def shared_functions(listing: str, width: int) -> list[str]:
    """Weak functions in `nm -C` output that do not belong to the width."""
    weak = re.findall(r"^[0-9a-f]* W (.+)$", listing, re.MULTILINE)
    return [name for name in weak if f"lanes{width}::" not in name]


def main() -> int:
    if sys.argv[1] == "--self-test":
        text = "0000 W std::vector<double>::push_back(double)\n0000 W signals::ta::lanes8::f()\n0000 T main\n"
        assert shared_functions(text, 8) == ["std::vector<double>::push_back(double)"]
        assert len(shared_functions(text, 4)) == 2
        return 0
    width, objects = int(sys.argv[1]), sys.argv[2:]
    listing = subprocess.run(["nm", "-C", *objects], check=True, capture_output=True, text=True).stdout
    shared = sorted(set(shared_functions(listing, width)))
    for name in shared:
        print(f"{width} lanes: weak function shared with other widths: {name}")
    return 1 if shared else 0


if __name__ == "__main__":
    sys.exit(main())

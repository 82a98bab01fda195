#!/usr/bin/env python3
"""Fails if a folder of src/ includes a folder on its own floor or above, or a library that another folder owns.

Usage: check_floors.py SRC | --self-test
"""

import pathlib
import re
import sys
import tempfile

# folder: the folders whose headers it may include (docs/architecture.md draws them as floors)
MAY_INCLUDE = {
    "core": [],
    "ta": ["core"],
    "universe": ["core"],
    "net": ["core"],
    "source": ["net", "core"],
    "lake": ["universe", "net", "core"],
    "features": ["ta", "core"],
    "dataset": ["universe", "core"],
    "pipeline": ["source", "lake", "features", "dataset", "universe", "net", "ta", "core"],
    "report": ["pipeline", "lake", "dataset", "universe", "core"],
    "cli": ["report", "pipeline", "source", "lake", "features", "dataset", "universe", "net", "ta", "core"],
    "python": ["features", "ta", "core"],
}
# header prefix: the folders that may include it
OWNED = {
    "arrow/": {"lake"},
    "parquet/": {"lake"},
    "curl/": {"net"},
    "openssl/": {"net"},
    "libdeflate": {"net"},
    "simdjson": {"source"},
    "CLI/": {"cli"},
    "spdlog/": {"cli"},
    "nanobind/": {"python"},
    "date/": {"core"},
    "Eigen/": {"dataset"},
}
INCLUDE = re.compile(r'\s*#\s*include\s+[<"]([^">]+)')


def violations(root: pathlib.Path) -> list[str]:
    found = []
    for path in sorted(p for p in root.rglob("*") if p.suffix in {".h", ".cc", ".def"}):
        folder = path.relative_to(root).parts[0]
        if folder not in MAY_INCLUDE:
            found.append(f"{path}: folder {folder} has no floor; add it to tools/check_floors.py")
            continue
        for number, line in enumerate(path.read_text().splitlines(), 1):
            match = INCLUDE.match(line)
            if not match:
                continue
            header = match.group(1)
            top = header.split("/")[0]
            if top in MAY_INCLUDE and "/" in header and top != folder and top not in MAY_INCLUDE[folder]:
                found.append(f"{path}:{number}: {folder} may not include {top}")
            for prefix, homes in OWNED.items():
                if header.startswith(prefix) and folder not in homes:
                    found.append(f"{path}:{number}: <{header}> belongs to {', '.join(sorted(homes))} only")
    return found


def self_test() -> list[str]:
    """The check must see each kind of violation: returns what it missed."""
    bad = {
        "core/a.h": '#include "ta/rsi.h"',
        "ta/b.cc": '#include "lake/store.h"',
        "pipeline/c.cc": "#include <arrow/api.h>",
        "cellar/d.h": "",
    }
    with tempfile.TemporaryDirectory() as folder:
        root = pathlib.Path(folder)
        for name, text in bad.items():
            (root / name).parent.mkdir(exist_ok=True)
            (root / name).write_text(text + "\n")
        report = "\n".join(violations(root))
    return [name for name in bad if name not in report]


def main() -> int:
    if len(sys.argv) != 2:
        print(__doc__, file=sys.stderr)
        return 2
    if sys.argv[1] == "--self-test":
        missed = self_test()
        print("\n".join(f"not seen: {name}" for name in missed) or "every planted violation is seen")
        return bool(missed)
    found = violations(pathlib.Path(sys.argv[1]))
    print("\n".join(found) or "floors ok")
    return bool(found)


if __name__ == "__main__":
    sys.exit(main())

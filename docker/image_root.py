#!/usr/bin/env python3
"""Makes the root of an image: a program, the libraries that it needs, and what those read.

Usage: image_root.py PROGRAM ROOT

The libraries go where the loader looks without being told. Works for programs of another architecture. Writes
ROOT/usr/share/signals/sbom.json, a CycloneDX list of what the files come from.
"""

import json
import pathlib
import re
import shutil
import subprocess
import sys
import urllib.parse

USER = 65532
ZONES = pathlib.Path("/usr/share/zoneinfo")
CERTIFICATES = pathlib.Path("/etc/ssl/certs/ca-certificates.crt")
LIBRARY_DIRS = {"x86_64": "x86_64-linux-gnu", "aarch64": "aarch64-linux-gnu"}


def run(*command: str) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


class Elf:
    """What a program or library says of itself, by readelf."""

    def __init__(self, path: pathlib.Path) -> None:
        text = run("readelf", "--wide", "--dynamic", "--program-headers", str(path))
        self.needed = re.findall(r"\(NEEDED\).*\[(.+)\]", text)
        self.rpath = [
            folder.replace("$ORIGIN", str(path.parent))
            for folders in re.findall(r"\(R(?:UN)?PATH\).*\[(.+)\]", text)
            for folder in folders.split(":")
        ]
        loader = re.search(r"program interpreter: (.+)\]", text)
        self.loader = loader.group(1) if loader else None


def closure(program: pathlib.Path, triplet: str) -> dict[str, pathlib.Path]:
    """Library name -> file, of all that the program needs, itself not included."""
    system = [f"/lib/{triplet}", f"/usr/lib/{triplet}", f"/usr/{triplet}/lib"]
    found: dict[str, pathlib.Path] = {}
    todo = [program]
    while todo:
        elf = Elf(todo.pop())
        for name in elf.needed:
            if name in found:
                continue
            places = [pathlib.Path(folder) / name for folder in [*elf.rpath, *system]]
            where = next((place for place in places if place.exists()), None)
            if where is None:
                raise SystemExit(f"image_root.py: {name}: not in {', '.join(map(str, places))}")
            found[name] = where.resolve()
            todo.append(found[name])
    return found


def copy(source: pathlib.Path, target: pathlib.Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy2(source, target)


def owners(files: list[pathlib.Path]) -> dict[tuple[str, str, str], list[str]]:
    """(package, version, architecture) of Debian -> the files of it; files of none are left out."""
    packages: dict[tuple[str, str, str], list[str]] = {}
    for file in files:
        # The package may have it below /lib where /lib is a link to /usr/lib.
        names = [str(file), str(file).removeprefix("/usr")]
        found = subprocess.run(["dpkg-query", "--search", *names], capture_output=True, text=True)
        for line in found.stdout.splitlines():
            package = line.split(": ")[0].split(",")[0]
            shown = run("dpkg-query", "--show", "--showformat=${Package}\t${Version}\t${Architecture}", package)
            name, version, architecture = shown.split("\t")
            packages.setdefault((name, version, architecture), []).append(str(file))
    return packages


def sbom(version: str, files: list[pathlib.Path], wheels: dict[str, str]) -> dict:
    """CycloneDX 1.6."""
    release = dict(re.findall(r'^(\w+)="?(.*?)"?$', pathlib.Path("/etc/os-release").read_text(), re.M))
    distribution = f"{release['ID']}-{release.get('VERSION_ID', '')}"
    parts = []
    for (name, number, architecture), _ in sorted(owners(files).items()):
        quoted = urllib.parse.quote(number)
        place = f"pkg:deb/{release['ID']}/{name}@{quoted}?arch={architecture}&distro={distribution}"
        parts.append({"type": "library", "bom-ref": place, "name": name, "version": number, "purl": place})
    for name, number in wheels.items():
        place = f"pkg:pypi/{name}@{number}"
        parts.append({"type": "library", "bom-ref": place, "name": name, "version": number, "purl": place})
    program = {"type": "application", "bom-ref": "signals", "name": "signals", "version": version}
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {"component": program},
        "components": parts,
        "dependencies": [{"ref": "signals", "dependsOn": [part["bom-ref"] for part in parts]}],
    }


def main() -> int:
    if len(sys.argv) != 3:
        print(__doc__, file=sys.stderr)
        return 2
    program, root = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
    header = run("readelf", "--file-header", str(program))
    triplet = LIBRARY_DIRS["aarch64" if "AArch64" in header else "x86_64"]
    libraries = closure(program, triplet)
    loader = Elf(program).loader
    assert loader, f"{program} is no program"

    copy(program, root / "usr/bin/signals")
    name = pathlib.Path(loader).name
    copy(libraries.pop(name, pathlib.Path(f"/usr/lib/{triplet}/{name}")), root / loader.lstrip("/"))
    for name, file in libraries.items():
        copy(file, root / "lib" / triplet / name)
    shutil.copytree(
        ZONES, root / str(ZONES).lstrip("/"), symlinks=True, ignore=shutil.ignore_patterns("right", "posix")
    )
    copy(CERTIFICATES, root / str(CERTIFICATES).lstrip("/"))
    copy(pathlib.Path("LICENSE"), root / "usr/share/signals/LICENSE")
    copy(pathlib.Path("docker/starter.csv"), root / "usr/share/signals/starter.csv")
    etc = root / "etc"
    (etc / "passwd").write_text(f"signals:x:{USER}:{USER}::/lake:/sbin/nologin\n")
    (etc / "group").write_text(f"signals:x:{USER}:\n")
    (etc / "nsswitch.conf").write_text("hosts: files dns\n")

    arrow = next(file for file in libraries.values() if file.name.startswith("libarrow.so"))
    wheel = next(arrow.parent.parent.glob("pyarrow-*.dist-info")).name.split("-")
    version = re.search(r"project\(signals VERSION ([0-9.]+)", pathlib.Path("CMakeLists.txt").read_text())
    assert version
    files = [*libraries.values(), ZONES / "UTC", pathlib.Path("/usr/sbin/update-ca-certificates")]
    bill = sbom(version.group(1), files, {wheel[0]: wheel[1].removesuffix(".dist")})
    (root / "usr/share/signals/sbom.json").write_text(json.dumps(bill, indent=1) + "\n")
    print(f"{len(libraries) + 1} libraries, {len(bill['components'])} components")
    return 0


if __name__ == "__main__":
    sys.exit(main())

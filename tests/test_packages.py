"""The wheel in an environment of its own, which has nothing of this checkout: the command, the module, and that
removing it leaves nothing. In `make check` (SIGNALS_PACKAGES=1), as it builds the wheel of a release."""

import importlib.metadata
import os
import pathlib
import re
import shutil
import subprocess
import sys
import venv
import zipfile

import pytest
from conftest import ROOT, clean_environment
from test_run import Job

pytestmark = pytest.mark.skipif(
    os.environ.get("SIGNALS_PACKAGES") != "1", reason="the wheel is built in make check (SIGNALS_PACKAGES=1)"
)
# What every Linux has that the tag is for (PEP 600); all else comes with the wheel or with pyarrow.
OF_THE_MACHINE = (
    "libz.so",
    "libresolv.so",
    "libc.so",
    "libm.so",
    "libdl.so",
    "librt.so",
    "libpthread.so",
    "libstdc++.so",
    "libgcc_s.so",
    "ld-linux",
)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> pathlib.Path:
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run([ROOT / "tools" / "wheel.sh", folder], check=True)
    (built,) = folder.glob("*.whl")
    return built


class Environment:
    """A virtual environment with pip, numpy and pyarrow: what pip would bring, without a network."""

    def __init__(self, folder: pathlib.Path):
        self.folder = folder
        venv.create(folder, with_pip=True)
        (self.packages,) = folder.glob("lib/python*/site-packages")
        for name in ("numpy", "pyarrow"):
            for file in importlib.metadata.distribution(name).files:
                if file.parts[0] == ".." or file.suffix == ".pyc":
                    continue
                target = self.packages / file
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(file.locate(), target)

    def run(self, program: str, *arguments, expect=0, **options) -> subprocess.CompletedProcess:
        environment = clean_environment(PATH=f"{self.folder}/bin:/usr/bin:/bin", PYTHONDONTWRITEBYTECODE="1")
        done = subprocess.run(
            [self.folder / "bin" / program, *arguments], env=environment, capture_output=True, text=True, **options
        )
        assert done.returncode == expect, done.stderr
        return done

    def files(self) -> set[str]:
        return {str(one.relative_to(self.folder)) for one in self.folder.rglob("*") if one.suffix != ".pyc"}


@pytest.fixture(scope="module")
def bare(tmp_path_factory) -> Environment:
    return Environment(tmp_path_factory.mktemp("environment"))


@pytest.fixture
def installed(wheel, bare):
    """The wheel in the environment; afterwards it is removed, and nothing is left."""
    before = bare.files()
    bare.run("pip", "install", "-q", "--no-index", wheel)
    assert bare.files() > before
    yield bare
    bare.run("pip", "uninstall", "-q", "-y", "numerai-signals")
    assert bare.files() - {"lib64"} == before - {"lib64"}


def test_the_daily_job_by_the_command_of_the_wheel(installed, signals, serve):
    signals.program = installed.folder / "bin" / "signals"
    job = Job(signals, serve)
    done = job.at("2022-10-22T12:01:00Z")
    assert done["outcome"] == "done"
    assert job.ready("2022-10-22T12:05:00Z").startswith("GO D=2022-10-21")
    assert signals.run("status", "--lake", "nowhere", expect=1).stderr.startswith("error: E4001 no lake")
    assert signals.run("zebra", expect=2)


def test_the_module_of_the_wheel(installed):
    code = """
import numerai_signals as ns, pyarrow as pa, datetime
days = [datetime.date(2024, 1, 1) + datetime.timedelta(n) for n in range(60)]
price = [100.0 + n % 7 for n in range(60)]
frame = pa.table({"ticker": ["A"] * 60, "date": days, "open": price, "high": price, "low": price, "close": price,
                  "volume": [1000] * 60})
print(ns.__version__, ns.transform(frame, cmd="momentum", lags=0).shape)
"""
    said = installed.run("python", "-c", code).stdout.split()
    version = re.search(r"project\(signals VERSION ([\d.]+)", (ROOT / "CMakeLists.txt").read_text()).group(1)
    assert said[0] == version
    assert installed.run("signals", "--version").stdout.startswith(f"signals {version} (commit ")
    assert tuple(int(n) for n in re.findall(r"\d+", "".join(said[1:]))) == (60, 20)


def test_every_library_comes_from_the_environment(installed):
    """Not from this machine's folders: what is not the C library's is in the wheel, or beside it in pyarrow."""
    program = installed.packages / "numerai_signals" / "_bin" / "signals"
    shown = subprocess.run(["ldd", program], check=True, capture_output=True, text=True).stdout
    loaded = re.findall(r"^\s*(\S+) => (\S+)", shown, re.M)
    assert len(loaded) > 10
    for name, path in loaded:
        assert path.startswith(str(installed.folder)) or name.startswith(OF_THE_MACHINE), (name, path)
    arrow = {pathlib.Path(path).parent.name for name, path in loaded if "arrow" in name or "parquet" in name}
    assert arrow == {"pyarrow"}


def test_the_tag_is_that_of_the_c_library_that_it_needs(wheel, tmp_path):
    """No file in it asks for a newer one than the tag says."""
    major, minor = map(int, re.search(r"manylinux_(\d+)_(\d+)_", wheel.name).groups())
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path)
        names = archive.namelist()
    assert not [name for name in names if "libarrow" in name or "libparquet" in name]
    binaries = [one for one in tmp_path.rglob("*") if one.is_file() and one.read_bytes()[:4] == b"\x7fELF"]
    assert len(binaries) > 5
    for binary in binaries:
        symbols = subprocess.run(["objdump", "-T", binary], check=True, capture_output=True, text=True).stdout
        for needed in re.findall(r"GLIBC_(\d+)\.(\d+)", symbols):
            assert tuple(map(int, needed)) <= (major, minor), (binary.name, needed)


@pytest.mark.parametrize(
    ("damage", "says"),
    [("pyarrow/libarrow.so.2600", "another version has replaced"), ("pyarrow/__init__.py", "is not installed")],
)
def test_without_its_pyarrow_the_command_says_what_to_do(installed, damage, says):
    file = installed.packages / damage
    file.rename(file.with_suffix(".away"))
    try:
        wrong = installed.run("signals", "--version", expect=1).stderr
    finally:
        file.with_suffix(".away").rename(file)
    assert says in wrong
    assert "pip install 'pyarrow==26.0.*'" in wrong


def test_pyarrow_elsewhere_is_found(installed, tmp_path):
    """As with --system-site-packages: the libraries are not beside the package, but Python finds them."""
    shutil.move(installed.packages / "pyarrow", tmp_path / "pyarrow")
    path_file = installed.packages / "elsewhere.pth"
    path_file.write_text(f"{tmp_path}\n")
    try:
        assert installed.run("signals", "--version").stdout.startswith("signals ")
    finally:
        path_file.unlink()
        shutil.move(tmp_path / "pyarrow", installed.packages / "pyarrow")


def test_it_is_built_by_this_python(wheel):
    assert f"cp{sys.version_info.major}{sys.version_info.minor}" in wheel.name

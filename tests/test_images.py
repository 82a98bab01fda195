"""The images as real containers: what is in them, as strict as in production, and each line of docs/docker.md.

`make test-cloud` builds them first (tools/build_images.sh).
"""

import json
import os
import re
import subprocess
import zlib

import pyarrow.parquet as pq
import pytest
from conftest import ROOT
from containers import IMAGE, inspect, needs_containers, podman, run, volume

pytestmark = needs_containers
NOW = "2022-10-21T23:00:00Z"
MOST_BYTES = 90 * 10**6
ARM = "localhost/signals_arm64"
LINES = [line for line in (ROOT / "docs" / "docker.md").read_text().splitlines() if line.startswith("docker ")]


def market(simulator) -> dict[str, str]:
    return {"SIGNALS_YAHOO_URL": simulator.url, "SIGNALS_RATE": "0", "SIGNALS_NOW": NOW}


@pytest.fixture(scope="module")
def starter(simulator, tmp_path_factory):
    """Ten tickers of the simulated market, instead of those of the real one."""
    file = tmp_path_factory.mktemp("starter") / "starter.csv"
    file.write_text("\n".join(["ticker", *simulator.tickers()[:10]]) + "\n")
    return [f"--volume={file}:/usr/share/signals/starter.csv:ro"]


def compressed(image: str) -> int:
    """The bytes of the layers as a registry would keep them."""
    packer, size = zlib.compressobj(6, zlib.DEFLATED, 31), 0
    command = [ROOT / "tools" / "containers.sh", "podman", "save", "--quiet", "--format", "docker-archive", image]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as saving:
        while block := saving.stdout.read(1 << 20):
            size += len(packer.compress(block))
    assert saving.returncode == 0
    return size + len(packer.flush())


@pytest.mark.parametrize("image", [IMAGE, ARM])
def test_it_is_small_and_nobody_in_particular(image):
    assert compressed(image) < MOST_BYTES
    settings = inspect(image)["Config"]
    assert settings["User"] == "65532:65532"
    assert list(settings["Volumes"]) == ["/lake"]
    assert inspect(image)["Architecture"] == ("arm64" if image == ARM else "amd64")


def test_there_is_no_shell():
    assert podman("run", "--rm", "--entrypoint=/bin/sh", IMAGE, expect=None).returncode in (126, 127)


def test_each_target_is_the_one_image_with_another_command():
    layers = inspect(IMAGE)["RootFS"]["Layers"]
    for name in ("load", "transform", "publish"):
        one = inspect(f"{IMAGE}_{name}")
        assert one["RootFS"]["Layers"] == layers
        assert one["Config"]["Entrypoint"] == ["/usr/bin/signals", name]


def test_it_says_what_it_is_made_of():
    root = podman("image", "mount", IMAGE).stdout.strip()
    try:
        with open(f"{root}/usr/share/signals/sbom.json") as file:
            bill = json.load(file)
    finally:
        podman("image", "unmount", IMAGE)
    assert (bill["bomFormat"], bill["specVersion"]) == ("CycloneDX", "1.6")
    parts = {part["name"]: part for part in bill["components"]}
    assert {"pyarrow", "libcurl4", "libc6", "libstdc++6", "tzdata", "ca-certificates"} <= set(parts)
    pinned = re.search(r"^pyarrow==(.+)$", (ROOT / "requirements" / "run.txt").read_text(), re.M).group(1)
    assert parts["pyarrow"]["version"] == pinned
    assert parts["libcurl4"]["purl"].startswith("pkg:deb/debian/libcurl4@")


def test_the_daily_work_under_a_read_only_root(simulator, starter):
    env = market(simulator)
    with volume("signals-test-strict") as lake:
        mounted = [f"--volume={lake}:/lake"]
        loaded = run(image=f"{IMAGE}_load", env=env, options=[*mounted, *starter])
        assert "10 asked: 10 loaded" in loaded.stdout
        run("--cmd=volume", image=f"{IMAGE}_transform", env=env, options=mounted)
        tables = json.loads(run("tables", "--json", env=env, options=mounted).stdout)
        assert {"prices", "features_volume"} <= {one["table"] for one in tables}


def test_exit_codes_are_the_programs(simulator, starter):
    env = market(simulator) | {"SIGNALS_LOG_FORMAT": "json"}

    def ended(*arguments, image=IMAGE, **more) -> tuple[int, dict]:
        done = run(*arguments, image=image, env=env | more, options=starter, expect=None)
        return done.returncode, json.loads(done.stderr.splitlines()[-1])

    code, event = ended(image=f"{IMAGE}_load")
    assert (code, event["event"], event["outcome"]) == (0, "signals.load", "done")
    assert event["summary"]["tickers"]["loaded"] == 10
    code, event = ended("status")
    assert (code, event["outcome"]) == (1, "no_lake")
    code, event = ended("load", "--bogus")
    assert (code, event["outcome"]) == (2, "usage")
    code, event = ended("load", "--ticker=SAAA", "--ticker=SAAB", SIGNALS_YAHOO_URL="http://127.0.0.1:9")
    assert (code, event["outcome"], event["exit_code"]) == (4, "unreachable", 4)


def test_sigterm_ends_it_with_4(simulator, start_simulator):
    slow = start_simulator(options=["--fault", "slow:*"])
    env = market(simulator) | {"SIGNALS_YAHOO_URL": slow.url, "SIGNALS_LOG_FORMAT": "json"}
    variables = [f"--env={name}={value}" for name, value in env.items()]
    tickers = [f"--ticker={ticker}" for ticker in simulator.tickers()]
    name = podman("run", "--detach", "--rm=false", *variables, IMAGE, "load", "--rate=1", *tickers).stdout.strip()
    try:
        podman("stop", "--time=60", name)
        assert podman("wait", name).stdout.strip() == "4"
        last = json.loads(podman("logs", name).stderr.splitlines()[-1])
        assert last["outcome"] == "interrupted"
    finally:
        podman("rm", "--force", name)


def test_arm64_computes_the_same_bits(simulator, tmp_path):
    """The ARM64 image under an emulator: loads, transforms, and the values are those of this machine's image."""
    emulated = ["--volume=/usr/bin/qemu-aarch64-static:/qemu:ro", "--entrypoint=/qemu"]
    asked = [f"--ticker={ticker}" for ticker in simulator.tickers()[:2]]
    tables = {}
    for name, image, options, program in ((0, IMAGE, [], []), (1, ARM, emulated, ["/usr/bin/signals"])):
        lake = tmp_path / str(name)
        lake.mkdir(mode=0o777)
        lake.chmod(0o777)
        here = [*options, f"--volume={lake}:/lake"]
        load = ["load", "--start=2022-06-01", *asked]
        run(*program, *load, image=image, env=market(simulator), options=here)
        run(*program, "transform", "--lags=2", image=image, env=market(simulator), options=here)
        files = sorted(str(file) for file in (lake / "features" / "data").rglob("*.parquet"))
        assert files
        tables[name] = (
            pq.ParquetDataset(files, partitioning=None).read().sort_by([("ticker", "ascending"), ("date", "ascending")])
        )
    assert tables[0].num_rows > 100
    assert tables[0].equals(tables[1])


# `docker` as podman, in the environment of these tests: the base and the caches of tools/build_images.sh, the
# simulated market instead of Yahoo. The rest of a line is what stands in the docs.
DOCKER = """#!/bin/sh
command=$1; shift
case $command in build) options=$TEST_BUILD ;; *) options="--rm $TEST_RUN" ;; esac
exec "$TEST_CONTAINERS" podman "$command" $options "$@"
"""
VOLUME = "signals-test-docs"


@pytest.fixture(scope="module")
def docs(simulator, starter, tmp_path_factory):
    """Runs a line of the docs in a clean checkout; gives what it printed."""
    folder = tmp_path_factory.mktemp("docs")
    (folder / "docker").write_text(DOCKER)
    (folder / "docker").chmod(0o755)
    built = ROOT / "build" / "containers"
    variables = [f"--env={name}={value}" for name, value in market(simulator).items()]
    environment = os.environ | {
        "PATH": f"{folder}:{os.environ['PATH']}",
        "TEST_BUILD": (built / "options").read_text().strip(),
        "TEST_RUN": " ".join([*variables, *starter]),
        "TEST_CONTAINERS": str(ROOT / "tools" / "containers.sh"),
    }

    def run_line(line: str) -> str:
        line = line.replace("lake:/lake", f"{VOLUME}:/lake")
        done = subprocess.run(
            ["sh", "-c", line], cwd=built / "checkout", env=environment, capture_output=True, text=True, timeout=600
        )
        assert done.returncode == 0, f"{line}\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
        return done.stdout + done.stderr

    with volume(VOLUME):
        yield run_line


SAYS = {
    "signals_load": "10 asked: 10 loaded",
    "signals_transform --cmd": "10 tickers from prices",
    "signals status": "10 tickers",
    "signals_ubuntu bash": "signals 0",
    "SIGNALS_LOG_FORMAT=json": '"event":"signals.load"',
}


def test_every_line_of_the_docs_runs(docs):
    """In their order: a later one finds the lake of an earlier one."""
    assert len(LINES) == 8
    said = {line: docs(line) for line in LINES}
    for words, answer in SAYS.items():
        lines = [line for line in LINES if words in line and " run " in line]
        assert lines, words
        assert answer in said[lines[0]], said[lines[0]]
    bill = ROOT / "build" / "containers" / "checkout" / "sbom" / "sbom.json"
    assert json.loads(bill.read_text())["bomFormat"] == "CycloneDX"

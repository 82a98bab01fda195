"""Real containers, by podman: it needs no service, and takes the lines that are written for docker.

SIGNALS_CLOUD=1 asks for these tests (`make test-cloud` does, after building the images); without it they are skipped.
"""

import contextlib
import json
import os
import pathlib
import subprocess
import time

import pytest
from conftest import ROOT

needs_containers = pytest.mark.skipif(
    os.environ.get("SIGNALS_CLOUD") != "1", reason="SIGNALS_CLOUD is not 1 (make test-cloud builds the images)"
)
IMAGE = "localhost/signals"
# As strict as Fargate is, and stricter: there is no writable /tmp.
STRICT = ["--read-only", "--read-only-tmpfs=false", "--cap-drop=ALL"]


def podman(*arguments, expect=0, **options) -> subprocess.CompletedProcess:
    """Runs podman as tools/containers.sh sets it up; checks the exit code (None: any)."""
    command = [ROOT / "tools" / "containers.sh", "podman", *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=600, **options)
    if expect is not None:
        assert done.returncode == expect, f"exit {done.returncode}\n{done.stdout}\n{done.stderr}"
    return done


def run(*arguments, image: str = IMAGE, options=(), env=None, expect=0) -> subprocess.CompletedProcess:
    """A command in a container that is removed afterwards."""
    variables = [f"--env={name}={value}" for name, value in (env or {}).items()]
    return podman("run", "--rm", *STRICT, *variables, *options, image, *arguments, expect=expect)


def inspect(image: str) -> dict:
    return json.loads(podman("image", "inspect", image).stdout)[0]


@contextlib.contextmanager
def volume(name: str):
    podman("volume", "create", name)
    try:
        yield name
    finally:
        podman("volume", "rm", "--force", name)


@contextlib.contextmanager
def docker_service(folder: pathlib.Path):
    """podman answering as docker's own service does, at a socket; gives its URL."""
    socket = folder / "podman.sock"
    command = [ROOT / "tools" / "containers.sh", "podman", "system", "service", "--time=0", f"unix://{socket}"]
    log = (folder / "podman.log").open("w")
    process = subprocess.Popen(command, stdout=log, stderr=log)
    try:
        for _ in range(600):
            ping = ["curl", "--silent", "--fail", "--unix-socket", str(socket), "http://docker/_ping"]
            if subprocess.run(ping, capture_output=True).returncode == 0:
                break
            assert process.poll() is None, (folder / "podman.log").read_text()
            time.sleep(0.1)
        else:
            raise AssertionError("podman's service does not answer")
        yield f"unix://{socket}"
    finally:
        process.terminate()
        process.wait()
        log.close()

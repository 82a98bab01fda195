"""ministack, an emulator of AWS, as a running process; and what asks it."""

import contextlib
import os
import pathlib
import subprocess
import sys
import time
import urllib.request

import pytest
from conftest import ROOT
from s3_server import free_port

boto3 = pytest.importorskip("boto3", reason="boto3 is not installed (make check installs it)")
botocore_config = pytest.importorskip("botocore.config")

REGION = "eu-west-1"
KEYS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_REGION": REGION}


class Emulator:
    """`url` is where every service answers."""

    def __init__(self, folder: pathlib.Path, docker: str = ""):
        """`docker`: the URL of a service that runs the containers of tasks; without one tasks do not really run."""
        folder.mkdir(parents=True, exist_ok=True)
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        self.log = folder / "ministack.log"
        settings = {
            "BIND_HOST": "127.0.0.1",
            "GATEWAY_PORT": str(port),
            "MINISTACK_REGION": REGION,
            "IOT_MTLS_ENABLED": "0",
            "SFTP_ENABLED": "0",
            "LOG_LEVEL": "INFO",
        }
        inherited = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
        command = [sys.executable, "-m", "ministack"]
        if docker:
            settings["DOCKER_HOST"] = docker
            command = [sys.executable, str(ROOT / "tests" / "ministack_server.py")]
        self._output = self.log.open("w")
        self.process = subprocess.Popen(
            command, cwd=folder, env=inherited | settings, stdout=self._output, stderr=self._output
        )
        self._wait()

    def _wait(self):
        for _ in range(1200):
            with contextlib.suppress(OSError):
                urllib.request.urlopen(f"{self.url}/_localstack/health").close()
                return
            assert self.process.poll() is None, self.log.read_text()
            time.sleep(0.1)
        raise AssertionError("ministack does not answer")

    def client(self, service: str):
        return boto3.client(
            service,
            endpoint_url=self.url,
            region_name=REGION,
            aws_access_key_id="test",
            aws_secret_access_key="test",
            config=botocore_config.Config(inject_host_prefix=False, retries={"max_attempts": 1}),
        )

    def environment(self) -> dict[str, str]:
        """What a program needs to ask it."""
        return KEYS | {
            "AWS_ENDPOINT_URL": self.url,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_CONFIG_FILE": "/dev/null",
            "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
            "AWS_EC2_METADATA_DISABLED": "true",
        }

    def close(self):
        self.process.kill()
        self.process.wait()
        self._output.close()


def until(what: str, ask, seconds: float = 120):
    """What `ask` gives as soon as it is something; fails after so long."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if found := ask():
            return found
        time.sleep(0.2)
    raise AssertionError(f"{what}: not within {seconds:.0f} s")

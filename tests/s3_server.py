"""A real S3 server for tests, versitygw over a folder, and `signals` with a lake in a bucket of it.

SIGNALS_S3_SERVER names the program (`make check` builds it, at build/tools/versitygw); without it these tests are
skipped.
"""

import datetime
import os
import shutil
import socket
import subprocess
import time

import pyarrow.parquet as pq
import pytest
from conftest import BUILD, Signals
from pyarrow import fs
from pyiceberg.table import StaticTable
from s3_proxy import Proxy

PROGRAM = os.environ.get("SIGNALS_S3_SERVER", "")
BUCKET = "lakes"
KEY, SECRET = "AKTEST", "SKTEST"
# Nothing of the machine's own settings, and no question to a service that only a cloud has.
NO_KEYS = {
    "AWS_CONFIG_FILE": "/dev/null",
    "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
    "AWS_EC2_METADATA_DISABLED": "true",
    "AWS_REGION": "us-east-1",
}
KEYS = NO_KEYS | {"AWS_ACCESS_KEY_ID": KEY, "AWS_SECRET_ACCESS_KEY": SECRET}


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


class Server:
    """A running versitygw with one bucket; `url` is where it answers, `data` where its objects lie."""

    def __init__(self, folder, accounts=()):
        self.data = folder / "data"
        self.data.mkdir(parents=True)
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        options = ["--port", f"127.0.0.1:{self.port}", "--region", "us-east-1", "--quiet"]
        if accounts:
            (folder / "iam").mkdir()
            options += ["--iam-dir", str(folder / "iam")]
        self.log = (folder / "server.log").open("w")
        self.process = subprocess.Popen(
            [PROGRAM, *options, "posix", str(self.data)],
            env={"ROOT_ACCESS_KEY": KEY, "ROOT_SECRET_KEY": SECRET, "PATH": os.environ["PATH"]},
            stdout=self.log,
            stderr=self.log,
        )
        self.wait()
        for account, secret in accounts:
            command = [PROGRAM, "admin", "--access", KEY, "--secret", SECRET, "--endpoint-url", self.url]
            account_options = ["--access", account, "--secret", secret, "--role", "admin"]
            subprocess.run([*command, "create-user", *account_options], check=True, capture_output=True)
        self.files(allow_bucket_creation=True).create_dir(BUCKET)

    def wait(self):
        for _ in range(400):
            try:
                socket.create_connection(("127.0.0.1", self.port)).close()
                return
            except OSError:
                assert self.process.poll() is None, "versitygw did not start"
                time.sleep(0.05)
        raise AssertionError("versitygw does not answer")

    def files(self, **options) -> fs.S3FileSystem:
        return fs.S3FileSystem(
            access_key=KEY,
            secret_key=SECRET,
            endpoint_override=f"127.0.0.1:{self.port}",
            scheme="http",
            region="us-east-1",
            **options,
        )

    def close(self):
        self.process.kill()
        self.process.wait()
        self.log.close()


class BucketSignals(Signals):
    """Runs `signals` with a lake in a bucket, through `url` (the server, or a proxy before it)."""

    def __init__(self, folder, server: Server, prefix: str = "lake", url: str | None = None):
        super().__init__(folder)
        self.server = server
        self.lake = f"s3://{BUCKET}/{prefix}"
        self.place = server.data / BUCKET / prefix
        self.environment = KEYS | {"SIGNALS_LAKE": self.lake, "SIGNALS_S3_ENDPOINT": url or server.url}

    def run(self, *arguments, env=None, **options):
        return super().run(*arguments, env=self.environment | (env or {}), **options)

    def start(self, *arguments) -> subprocess.Popen:
        from conftest import clean_environment

        environment = clean_environment(SIGNALS_NOW=self.now, **self.environment)
        command = [BUILD / "signals", *map(str, arguments), "--quiet"]
        return subprocess.Popen(
            command,
            cwd=self.folder,
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )

    def read(self, table: str):
        paths = [path.removeprefix("s3://") for path in self.files(table)]
        frame = pq.ParquetDataset(paths, filesystem=self.server.files(), partitioning=None).read().to_pandas()
        return frame.sort_values([c for c in ("ticker", "date") if c in frame], ignore_index=True)

    def versions(self, table: str) -> int:
        return len(list((self.place / table / "metadata").glob("v*.metadata.json")))

    def opened(self, table: str) -> StaticTable:
        """The table as pyiceberg sees it: hint, metadata, manifests and files over S3."""
        with self.server.files().open_input_file(f"{self.lake[5:]}/{table}/metadata/version-hint.text") as hint:
            version = hint.read().decode()
        place = f"{self.lake}/{table}/metadata/v{version}.metadata.json"
        return StaticTable.from_metadata(
            place,
            {
                "s3.endpoint": self.server.url,
                "s3.access-key-id": KEY,
                "s3.secret-access-key": SECRET,
                "s3.region": "us-east-1",
            },
        )

    def keep_base(self):
        """What is there now is what every fresh() begins with."""
        shutil.rmtree(self.folder / "base", ignore_errors=True)
        shutil.copytree(self.place, self.folder / "base")

    def fresh(self):
        shutil.rmtree(self.place, ignore_errors=True)
        shutil.copytree(self.folder / "base", self.place)


LOAD = ["load", "--source", "files:bars"]


def write_bars(folder, name: str, days: int = 5):
    (folder / "bars").mkdir(exist_ok=True)
    first = datetime.date(2022, 3, 1)
    lines = [f"{first + datetime.timedelta(i)},1,3,1,{2 + i / 8},100" for i in range(days)]
    (folder / "bars" / f"{name}.csv").write_text("\n".join(["date,open,high,low,close,volume", *lines]) + "\n")


def names(signals) -> list[str]:
    return sorted(set(signals.read("prices")["ticker"]))


needs_server = pytest.mark.skipif(
    not PROGRAM, reason="SIGNALS_S3_SERVER names no S3 server (make check builds versitygw)"
)


@pytest.fixture(scope="session")
def server(tmp_path_factory):
    one = Server(tmp_path_factory.mktemp("s3"))
    yield one
    one.close()


@pytest.fixture
def proxy(server):
    one = Proxy(server.port)
    yield one
    one.close()


@pytest.fixture
def bucket(server, proxy, tmp_path):
    """A lake of a folder of two tickers, behind the proxy; a third waits to be loaded."""
    signals = BucketSignals(tmp_path, server, prefix=tmp_path.name, url=proxy.url)
    for name in ("AA", "BB"):
        write_bars(tmp_path, name)
    signals.run(*LOAD)
    signals.keep_base()
    write_bars(tmp_path, "CC")
    proxy.reset()
    return signals

"""A lake in a bucket of a real S3 server: the rows of a local one, races, kills, and a network that does harm.

They run in `make check`, which builds the server (tests/s3_server.py).
"""

import datetime
import json
import shutil
import signal
import subprocess
import threading
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pandas as pd
import pytest
from conftest import BUILD, Signals, clean_environment
from pyarrow import fs
from s3_proxy import Fault
from s3_server import BUCKET, KEYS, LOAD, SECRET, BucketSignals, bucket, names, needs_server, proxy, server, write_bars
from test_crash import checksum
from test_load import tickers

pytestmark = needs_server
METADATA = r"/prices/metadata/v\d+\.metadata\.json"
DATA = r"/prices/data/.*\.parquet"


def test_the_store_does_what_every_store_does(server):
    environment = clean_environment(
        **KEYS, AWS_ENDPOINT_URL_S3=server.url, SIGNALS_TEST_S3=f"s3://{BUCKET}/conformance"
    )
    command = [BUILD / "lake_test", "--gtest_filter=*StoreTest*/s3"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout
    assert "SKIPPED" not in done.stdout
    assert "[  PASSED  ] 14 tests." in done.stdout


def test_a_lake_in_a_bucket_is_the_lake_on_a_disk(server, simulator, tmp_path):
    local = Signals(tmp_path / "local")
    bucket = BucketSignals(tmp_path / "bucket", server, prefix="a lake")
    some = [*tickers(simulator)[:12], *simulator.load_options()]
    for one in (local, bucket):
        one.folder.mkdir()
        for days in (["--start", "2021-06-01", "--end", "2022-03-01"], ["--start", "2022-02-01"]):
            one.run("load", *days, *some)
            one.run("transform", "--cmd", "volume", "--lags", "2")
        write_bars(one.folder, "^GSPC")
        one.run(*LOAD)
    overview = [
        [{k: v for k, v in table.items() if k not in ("bytes", "properties")} for table in one.json("tables")]
        for one in (local, bucket)
    ]
    assert overview[0] == overview[1]
    for table in ("prices", "features_volume"):
        assert bucket.read(table).equals(local.read(table))
        assert checksum(bucket.opened(table).scan().to_arrow().to_pandas()) == checksum(local.read(table))
        assert all(path.startswith(bucket.lake + "/") for path in bucket.files(table))
    histories = [
        json.dumps(one.json("tables", "--history", "--snapshot", "2")).count("committed") for one in (local, bucket)
    ]
    assert histories[0] == histories[1] > 0
    then = [len(one.run("files", "prices", "--snapshot", "1").stdout.splitlines()) for one in (local, bucket)]
    assert then[0] == then[1] > 10
    assert bucket.json("status")["tickers"] == local.json("status")["tickers"]
    removed = [
        sum(one["removed_files"] for one in each.json("vacuum", "--keep", "0", now="2100-01-01"))
        for each in (local, bucket)
    ]
    assert removed[0] == removed[1] > 10
    assert bucket.read("prices").equals(local.read("prices"))
    doctor = {one["check"]: one["verdict"] for one in bucket.json("doctor", "--source", "files:bars")}
    assert (doctor["lake"], doctor["tables"]) == ("ok", "ok")


def test_a_lake_that_was_copied_to_a_bucket(server, tmp_path):
    local = Signals(tmp_path)
    write_bars(tmp_path, "AA")
    local.run(*LOAD)
    bucket = BucketSignals(tmp_path, server, prefix="copied")
    fs.copy_files(str(tmp_path / "lake"), f"{BUCKET}/copied", destination_filesystem=server.files())
    assert bucket.read("prices").equals(local.read("prices"))
    assert "was moved or copied here" in bucket.run("status").stderr
    assert "prices says so now" in bucket.run("relocate").stdout
    assert "moved" not in bucket.run("status").stderr
    assert bucket.opened("prices").scan().to_arrow().num_rows == 5


def test_eight_writers_race_and_nothing_is_lost(server, proxy, tmp_path):
    """All reach the commit of the first version together; one wins each version, the others rebase."""
    signals = BucketSignals(tmp_path, server, prefix="race", url=proxy.url)
    every = [f"T{i}" for i in range(8)]
    for name in every:
        write_bars(tmp_path, name)
    proxy.gather(r"/prices/metadata/v1\.metadata\.json", len(every))
    running = [signals.start(*LOAD, "--ticker", name) for name in every]
    ended = [(one.communicate(timeout=240)[1], one.returncode) for one in running]
    assert ended == [("", 0)] * len(every)
    assert names(signals) == every
    assert len(signals.read("prices")) == 5 * len(every)
    assert signals.versions("prices") == len(every)
    for version in range(1, len(every) + 1):
        statuses = proxy.statuses(rf"/prices/metadata/v{version}\.metadata\.json")
        assert statuses.count(200) == 1
        assert set(statuses) <= {200, 412}
        if version == 1:
            assert len(statuses) == len(every)


class Killer:
    """Kills the load under way when a change arrives (before), or was carried out (after)."""

    def __init__(self, bucket, proxy):
        self.bucket, self.proxy = bucket, proxy

    def kill(self, moment: str, wanted):
        """Loads, until a change for which wanted(number, path) holds."""
        # The first change may come before the process is known here.
        known = threading.Event()

        def kill(number, path):
            if wanted(number, path):
                known.wait()
                self.process.send_signal(signal.SIGKILL)
                self.process.wait()
                return True
            return False

        setattr(self.proxy, moment, kill)
        self.process = self.bucket.start(*LOAD)
        known.set()
        self.process.communicate()
        assert self.process.returncode == -signal.SIGKILL
        self.proxy.reset()


def seen_by_pyiceberg(bucket) -> tuple:
    return checksum(bucket.opened("prices").scan().to_arrow().to_pandas())


def test_readers_see_the_old_table_or_the_new_one_after_every_change(bucket, proxy):
    old, seen = seen_by_pyiceberg(bucket), []
    proxy.after = lambda number, path: seen.append(seen_by_pyiceberg(bucket))
    bucket.run(*LOAD)
    new = seen_by_pyiceberg(bucket)
    assert len(seen) > 8
    assert seen == [old] * seen.count(old) + [new] * seen.count(new)
    assert 0 < seen.count(new) < len(seen)


def test_killed_at_any_request(bucket, proxy):
    """What is left is the old table or the new one, and the next run makes up for it."""
    old = seen_by_pyiceberg(bucket)
    bucket.run(*LOAD)
    steps, new = proxy.changes, seen_by_pyiceberg(bucket)
    killer = Killer(bucket, proxy)
    for step in range(1, steps + 1):
        for moment in ("before", "after"):
            bucket.fresh()
            proxy.reset()
            killer.kill(moment, lambda number, path, step=step: number == step)
            assert seen_by_pyiceberg(bucket) in (old, new), f"killed {moment} step {step} of {steps}"
            bucket.run(*LOAD)
            assert checksum(bucket.read("prices")) == new, f"killed {moment} step {step} of {steps}"
            # The commit may have been all but its hint, and there was nothing more to commit.
            assert seen_by_pyiceberg(bucket) in (old, new)


@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_reader_reads_on_while_a_commit_is_killed_and_made_up_for(bucket, proxy, moment):
    old, seen, stop = seen_by_pyiceberg(bucket), set(), threading.Event()

    def read():
        while True:
            last = stop.is_set()
            seen.add(seen_by_pyiceberg(bucket))
            if last:
                return

    with ThreadPoolExecutor() as pool:
        reader = pool.submit(read)
        try:
            Killer(bucket, proxy).kill(moment, lambda number, path: "/prices/metadata/v2.metadata.json" in path)
            bucket.run(*LOAD)
        finally:
            stop.set()
        reader.result()
    new = seen_by_pyiceberg(bucket)
    assert new in seen
    assert seen <= {old, new}


PASSING = {
    "a busy server": Fault(503, METADATA, times=2),
    "a conflict under way": Fault(409, METADATA, times=2),
    "a failing server": Fault(500, METADATA, times=1),
    "an upload that is cut": Fault("cut", DATA, times=1),
    "a commit that is cut": Fault("cut", METADATA, times=1),
    "a data file whose answer is lost": Fault("lost", DATA, times=1),
    "a commit whose answer is lost": Fault("lost", METADATA, times=1),
    "a commit that is done and fails": Fault("failed", METADATA, times=1),
    "a manifest whose answer is lost": Fault("lost", r"-m\d+\.avro", times=1),
    "a loser of a race": Fault(412, METADATA, times=1),
    "a hint that cannot be written": Fault(403, "version-hint", times=100),
    "a read that is cut": Fault("cut", METADATA, method="GET", times=2),
    "a listing that fails": Fault(503, r"list-type=2", method="GET", times=2),
}


@pytest.mark.parametrize("fault", PASSING)
def test_a_fault_that_passes_is_made_up_for(bucket, proxy, fault):
    proxy.faults = [PASSING[fault]]
    bucket.run(*LOAD)
    assert any(one.status in (PASSING[fault].action, 500) for one in proxy.seen)
    assert names(bucket) == ["AA", "BB", "CC"]
    assert len(bucket.read("prices")) == 15
    assert bucket.versions("prices") == 2, "committed once"


LASTING = {
    "a commit that is refused": (Fault(403, METADATA), 1, "E4010 cannot write s3://.*: the access key AKTEST may not"),
    "a data file that is refused": (Fault(403, DATA), 1, "E4010 cannot write s3://.*parquet: the access key AKTEST"),
    "a server that stays busy": (Fault(503, METADATA), 4, "E3001 cannot write s3://.*: HTTP 503 SlowDown"),
    "a data file that is always cut": (Fault("cut", DATA), 4, "E3001 cannot write s3://.*parquet"),
    "a commit that is always cut": (Fault("cut", METADATA), 4, "E3001 cannot write .* may have been written"),
    "a read that is refused": (Fault(403, METADATA, method="GET"), 1, "E4010 cannot read s3://.*s3:GetObject"),
}


@pytest.mark.parametrize("fault", LASTING)
def test_a_fault_that_lasts_is_an_error_and_changes_nothing(bucket, proxy, fault):
    proxy.faults, code, says = [LASTING[fault][0]], *LASTING[fault][1:]
    done = bucket.run(*LOAD, "--quiet", expect=code)
    assert pd.Series([done.stderr]).str.match("error: " + says).all(), done.stderr
    assert done.stderr.count("\n") == 1
    assert SECRET not in done.stderr
    proxy.reset()
    assert names(bucket) == ["AA", "BB"]
    bucket.run(*LOAD)
    assert names(bucket) == ["AA", "BB", "CC"]


def test_a_commit_that_is_done_and_never_confirmed(bucket, proxy):
    """No answer, and nothing can be read either: the files of the commit stay, since it may be the table."""
    proxy.faults = [Fault("lost", METADATA)]

    def shut(number, path):
        if "/prices/metadata/v2.metadata.json" in path:
            proxy.faults.append(Fault(503, METADATA, method="GET"))

    proxy.after = shut
    done = bucket.run(*LOAD, "--quiet", expect=4)
    assert "may have been written all the same" in done.stderr
    proxy.reset()
    assert names(bucket) == ["AA", "BB", "CC"]
    bucket.run(*LOAD)
    assert len(bucket.read("prices")) == 15
    assert bucket.versions("prices") == 2


def test_wrong_keys_buckets_and_servers(bucket, server):
    def says(code, text, *arguments, **env):
        error = bucket.run("status", *arguments, env=env, expect=code).stderr
        assert text in error
        assert SECRET not in error
        assert error.count("\n") == 1

    says(1, "the secret does not belong to the access key AKTEST", AWS_SECRET_ACCESS_KEY="wrong")
    says(1, "does not know the access key OTHER", AWS_ACCESS_KEY_ID="OTHER")
    says(1, "no access keys for s3://", AWS_ACCESS_KEY_ID="", AWS_SECRET_ACCESS_KEY="")
    says(1, "has no bucket 'none'; create it", "--lake", "s3://none/lake")
    says(1, "set AWS_REGION=us-east-1", AWS_REGION="eu-west-1")
    says(2, "begins with http:// or https://", "--s3-endpoint", "127.0.0.1:9000")
    says(1, f"no lake at s3://{BUCKET}/elsewhere", "--lake", f"s3://{BUCKET}/elsewhere")
    refused = bucket.run("status", "--s3-endpoint", "http://127.0.0.1:1", expect=4).stderr
    assert "E3001 cannot list s3://" in refused
    assert "http://127.0.0.1:1" in refused


def test_the_address_may_come_from_anywhere(bucket, server):
    (bucket.folder / "signals.toml").write_text(f's3-endpoint = "{server.url}"\nlake = "{bucket.lake}"\n')
    unset = {"SIGNALS_S3_ENDPOINT": "", "SIGNALS_LAKE": ""}
    bucket.run("status", env=unset)
    (bucket.folder / "signals.toml").unlink()
    wrong = {"AWS_ENDPOINT_URL": "http://127.0.0.1:1"}
    for env in ({"AWS_ENDPOINT_URL_S3": server.url} | wrong, {"AWS_ENDPOINT_URL": server.url}):
        bucket.run("status", "--lake", bucket.lake, env=unset | env)
    bucket.run("status", env=wrong)


def test_the_report_lies_in_the_bucket(server, simulator, tmp_path):
    """As a page that a browser shows, with the figures of the lake in it."""
    bucket = BucketSignals(tmp_path, server, prefix="reported")
    bucket.run("load", "--start", "2022-09-01", *tickers(simulator)[:4], *simulator.load_options())
    assert f"{bucket.lake}/report.html" in bucket.run("report").stdout
    with server.files().open_input_stream(f"{bucket.lake.removeprefix('s3://')}/report.html") as page:
        assert page.metadata()["Content-Type"] == b"text/html"
        text = page.read().decode()
    figures = json.loads(text.split('id="figures">')[1].split("</script>")[0])
    assert [one["name"] for one in figures["tables"]["tables"]] == ["prices", "quality", "runs", "symbols"]
    bucket.run("report", "--out", "page.html")
    assert (tmp_path / "page.html").read_text() == text

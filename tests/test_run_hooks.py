"""What `signals run` tells others: a watcher's address, a command of one's own."""

import pytest
from test_run import CONFIG, Job

SECRET = "0b7e2b5e-secret"


class Watcher:
    """Takes pings, and answers with a status of choice."""

    def __init__(self, serve):
        self.asked, self.status = [], 200
        self.url = serve(self.answer)

    def answer(self, path: str, body: bytes):
        self.asked.append(path)
        return self.status, b"OK"


@pytest.fixture
def job(signals, serve):
    return Job(signals, serve)


@pytest.fixture
def watcher(serve):
    return Watcher(serve)


def test_a_watcher_is_told(job, watcher):
    url = f"{watcher.url}/{SECRET}?token={SECRET}"
    early = job.at("2022-10-21T23:30:00Z", "--ping-url", url, expect=4)
    assert watcher.asked == [], "to try later is neither done nor failed"
    done = job.at("2022-10-22T12:01:00Z", "--ping-url", url)
    again = job.at("2022-10-22T13:01:00Z", "--ping-url", url)
    assert again["published_before"]
    assert watcher.asked == [f"/{SECRET}?token={SECRET}"] * 2
    watcher.asked.clear()
    (job.signals.folder / "signals.toml").write_text(CONFIG.replace('"volume"', '"weather"'))
    wrong = job.at("2022-10-25T12:01:00Z", "--ping-url", url, expect=2)
    assert watcher.asked == [f"/{SECRET}/fail?token={SECRET}"]
    for said in (early, done, again, wrong):
        assert SECRET not in str(said)


def test_a_watcher_that_does_not_answer(job, watcher, serve):
    watcher.status = 404
    done = job.at("2022-10-22T12:01:00Z", "--ping-url", f"{watcher.url}/{SECRET}?x={SECRET}")
    assert f"warning: --ping-url {watcher.url}: HTTP 404" in done["stderr"]
    assert SECRET not in done["stderr"]
    assert len(watcher.asked) == 3
    down = job.at("2022-10-22T12:01:00Z", "--ping-url", f"http://me:{SECRET}@127.0.0.1:9/{SECRET}")
    assert "warning: --ping-url http://127.0.0.1:9: " in down["stderr"]
    assert SECRET not in down["stderr"]
    wrong = job.signals.run("run", "--ping-url", f"file:///{SECRET}", expect=2)
    assert "http://" in wrong.stderr
    assert SECRET not in wrong.stderr


def test_a_command_when_d_is_published(job):
    signals = job.signals
    command = 'echo "$SIGNALS_ROUND_DATE $SIGNALS_LIVE_FILE" >>told; cp "$SIGNALS_LIVE_FILE" taken; echo heard'
    job.at("2022-10-21T23:30:00Z", "--on-publish", command, expect=4)
    assert not (signals.folder / "told").exists()
    done = job.at("2022-10-22T12:01:00Z", "--on-publish", command)
    live = signals.lake / "dataset" / "live_features.parquet"
    assert "heard" in done["stderr"]
    assert (signals.folder / "taken").read_bytes() == live.read_bytes()
    job.at("2022-10-22T13:01:00Z", "--on-publish", command)
    told = (signals.folder / "told").read_text().split()
    assert told[0] == "2022-10-21"
    assert told[1].endswith("lake/dataset/live_features.parquet")
    assert len(told) == 2, "what is published already is not told again"


@pytest.mark.parametrize(("command", "says"), [("exit 7", "exit code 7"), ("kill -9 $$", "signal 9 ended it")])
def test_a_command_that_fails(job, watcher, command, says):
    """It is reported; D is published all the same."""
    done = job.at("2022-10-22T12:01:00Z", "--on-publish", command, "--ping-url", watcher.url, expect=3)
    assert f"--on-publish: {says}" in done["stderr"]
    assert done["outcome"] == "partly"
    assert job.ready("2022-10-22T12:05:00Z").startswith("GO D=2022-10-21")
    assert watcher.asked == ["/"]

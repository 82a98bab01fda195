"""The lines of packaging/ do what docs/at_home.md says: each is run as systemd or cron would run it."""

import datetime
import re
import subprocess

from conftest import ROOT, Simulator, clean_environment
from test_run import CONFIG, Job


def run_lines(home, now: str, *lines: str) -> list[int]:
    environment = clean_environment(SIGNALS_NOW=now, HOME=str(home), PATH="/usr/bin:/bin")
    return [
        subprocess.run(["/bin/sh", "-c", line], cwd=home, env=environment, timeout=300, capture_output=True).returncode
        for line in lines
    ]


def test_systemds_and_crons_lines_run_the_daily_job(signals, serve):
    home = signals.folder
    place = home / "signals"
    (place / ".venv" / "bin").mkdir(parents=True)
    (place / ".venv" / "bin" / "signals").symlink_to(signals.program)
    job = Job(signals, serve)
    simulator = Simulator(now="2022-10-22T12:02:00Z", tickers=22)
    (place / "signals.toml").write_text(
        f'{CONFIG}\n[run]\nyahoo-url = "{simulator.url}"\nnumerai-url = "{job.numerai.url}"\nrate = 0\n'
    )
    unit = (ROOT / "packaging" / "systemd" / "signals.service").read_text()
    settings = dict(re.findall(r"^(\w+)=(.*)$", unit.replace("%h", str(home)), re.M))
    assert settings["WorkingDirectory"] == str(place)
    crontab = (ROOT / "packaging" / "crontab").read_text()
    jobs = [line.split(maxsplit=5) for line in re.findall(r"^[0-9].*$", crontab, re.M)]
    assert len(jobs) == 2
    try:
        job.numerai.now = datetime.datetime(2022, 10, 21, 22, 30)
        evening = run_lines(home, "2022-10-21T22:30:00Z", jobs[0][5])
        assert evening == [4], "D's names are not out"
        assert settings["SuccessExitStatus"] == "3 4"
        job.numerai.now = datetime.datetime(2022, 10, 22, 12, 2)
        noon = run_lines(home, "2022-10-22T12:02:00Z", f"cd {place} && {settings['ExecStart']}", jobs[1][5])
        assert noon == [0, 0]
    finally:
        simulator.close()
    assert (place / "lake" / "dataset" / "live_features.parquet").exists()
    log = (place / "run.log").read_text()
    assert "published already" in log

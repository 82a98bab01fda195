"""CPU time and peak memory: of this process and all that it started, from /proc; of a program, from the kernel."""

import contextlib
import os
import subprocess
import threading
import time
from pathlib import Path

TICK = os.sysconf("SC_CLK_TCK")


def stat(pid: int) -> list[str]:
    """Fields from the state on; the name before it may hold blanks."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()


def family(root: int) -> list[int]:
    parents = {}
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            try:
                parents[int(entry)] = int(stat(int(entry))[1])
            except OSError:
                continue  # it has ended
    found = [root]
    for pid in found:
        found += [child for child, parent in parents.items() if parent == pid]
    return found


def kind(pid: int) -> str:
    name = Path(f"/proc/{pid}/comm").read_text().strip()
    return "driver" if pid == os.getpid() else "jvm" if name == "java" else "worker" if "python" in name else name


def reading(pid: int) -> tuple[str, float, int]:
    """What it is, its CPU seconds so far, the greatest memory it ever had in bytes."""
    fields = stat(pid)
    status = Path(f"/proc/{pid}/status").read_text()
    peak = int(status.partition("VmHWM:")[2].split()[0]) * 1024
    return kind(pid), (int(fields[11]) + int(fields[12])) / TICK, peak


def forget_peak(pid: int):
    with contextlib.suppress(OSError):  # it has ended
        Path(f"/proc/{pid}/clear_refs").write_text("5")


class Watch:
    """Looks every half second while its block runs; what that costs is not counted when other processes do the work."""

    def __enter__(self):
        self.seen: dict[int, tuple[str, float, int]] = {}
        for pid in family(os.getpid()):
            forget_peak(pid)
        self.look()
        self.before = {pid: seconds for pid, (_, seconds, _) in self.seen.items()}
        self.own = time.process_time()
        self.done = threading.Event()
        self.thread = threading.Thread(target=self.watch, daemon=True)
        self.begin = time.perf_counter()
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.seconds = time.perf_counter() - self.begin
        self.own = time.process_time() - self.own
        self.done.set()
        self.thread.join()
        self.look()

    def watch(self):
        while not self.done.wait(0.5):
            self.look()

    def look(self):
        for pid in family(os.getpid()):
            try:
                self.seen[pid] = reading(pid)
            except (OSError, IndexError):
                continue  # it has ended

    def result(self, rows: int) -> dict:
        cpu: dict[str, float] = {}
        peaks: dict[str, int] = {}
        for pid, (what, seconds, peak) in self.seen.items():
            peaks[what] = max(peaks.get(what, 0), peak)
            cpu[what] = cpu.get(what, 0.0) + seconds - self.before.get(pid, 0.0)
        if len(peaks) > 1:
            del cpu["driver"]
        else:
            cpu["driver"] = self.own  # finer than the ticks of /proc
        return per_row(rows, self.seconds, cpu, peaks)


class Run:
    """A program from its start to its end, as the kernel tells: it may be over before Watch looks."""

    def __init__(self, command: list):
        begin = time.perf_counter()
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        _, status, self.usage = os.wait4(process.pid, 0)
        self.seconds = time.perf_counter() - begin
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            raise subprocess.CalledProcessError(process.returncode, command)
        self.name = Path(command[0]).name

    def result(self, rows: int) -> dict:
        cpu = self.usage.ru_utime + self.usage.ru_stime
        return per_row(rows, self.seconds, {self.name: cpu}, {self.name: self.usage.ru_maxrss * 1024})


def per_row(rows: int, seconds: float, cpu: dict[str, float], peaks: dict[str, int]) -> dict:
    """Nanoseconds of CPU and of the clock per row, and the greatest memory of a process of each kind."""
    return {
        "rows": rows,
        "seconds": seconds,
        "ns": seconds / rows * 1e9,
        "cpu_ns": sum(cpu.values()) / rows * 1e9,
        "cpu_ns_of": {what: used / rows * 1e9 for what, used in cpu.items()},
        "peak": peaks,
    }

"""Runs programs and measures them: wall clock, CPU, peak memory. Linux."""

import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from typing import NamedTuple

TICK = os.sysconf("SC_CLK_TCK")


class Run(NamedTuple):
    wall: float  # seconds
    user: float
    system: float
    rss_mb: float  # peak; never below that of this Python, which the kernel hands on to its children
    out: str  # standard output

    @property
    def cpu(self):
        return self.user + self.system


class Failed(Exception):
    """A program ended with an error, or did not do what it was asked."""


def run(cmd, env=None, cwd=None, meanwhile=None, every=0.01):
    """Runs cmd to its end. meanwhile(seconds since start) is called every so often while it runs."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        began = time.perf_counter()
        process = subprocess.Popen(
            cmd, stdin=subprocess.DEVNULL, stdout=out, stderr=err, env=env, cwd=cwd, start_new_session=True
        )
        try:
            pid = 0
            while meanwhile and pid == 0:
                pid, status, used = os.wait4(process.pid, os.WNOHANG)
                if pid == 0:
                    meanwhile(time.perf_counter() - began)
                    time.sleep(every)
            if pid == 0:
                pid, status, used = os.wait4(process.pid, 0)
            wall = time.perf_counter() - began
            process.returncode = os.waitstatus_to_exitcode(status)
        finally:
            if process.returncode is None:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
        texts = []
        for file in (out, err):
            file.seek(0)
            texts.append(file.read().decode(errors="replace"))
    if process.returncode:
        raise Failed(f"{' '.join(map(str, cmd))}: exit {process.returncode}\n{(texts[1] or texts[0])[-2000:]}")
    return Run(wall, used.ru_utime, used.ru_stime, used.ru_maxrss / 1024, texts[0])


def process_cpu(pid):
    """CPU seconds a running process has used, with the children it has waited for."""
    with open(f"/proc/{pid}/stat") as file:
        fields = file.read().rsplit(")", 1)[1].split()
    return sum(map(int, fields[11:15])) / TICK


def process_rss_mb(pid, peak=False):
    key = "VmHWM:" if peak else "VmRSS:"
    with open(f"/proc/{pid}/status") as file:
        return next(int(line.split()[1]) / 1024 for line in file if line.startswith(key))


def process_pss_mb(pid):
    """What the process holds; what it shares with others in parts."""
    with open(f"/proc/{pid}/smaps_rollup") as file:
        return next(int(line.split()[1]) / 1024 for line in file if line.startswith("Pss:"))


def tree_mb(path):
    """Megabytes (10^6) of all files below path."""
    total = 0
    for folder, _, names in os.walk(path):
        total += sum(os.path.getsize(os.path.join(folder, name)) for name in names)
    return total / 1e6


def warm(path):
    """Reads every file once, so that all programs find them in the page cache."""
    for folder, _, names in os.walk(path):
        for name in names:
            with open(os.path.join(folder, name), "rb", buffering=0) as file:
                while file.read(1 << 20):
                    pass


def percentile(values, share):
    """Nearest rank: the smallest value that share of the values do not exceed."""
    ordered = sorted(values)
    return ordered[max(0, -(-len(ordered) * share // 100) - 1)]


class Report:
    """Figures as aligned rows, or as one JSON object a line."""

    WIDTHS = (10, 43, 11, 13, 4)

    def __init__(self, as_json=False, judge=True):
        self.as_json, self.judge, self.broken = as_json, judge, 0
        if not as_json:
            self._row("bench", "figure", "median", "min–max", "n", "promise")

    def _row(self, *cells):
        bench, what, value, spread, n, promise = cells
        a, b, c, d, e = self.WIDTHS
        print(f"{bench:{a}}  {what:{b}}  {value:>{c}}  {spread:>{d}}  {n:>{e}}  {promise}".rstrip(), flush=True)

    def figure(self, bench, what, values, unit, at_most=None, at_least=None, below=None, n=None):
        """One figure: the median of values, with its promise if it has one."""
        values = list(values)
        n = n or len(values)
        middle = statistics.median(values)
        kept = None
        promise = ""
        for limit, sign, holds in (
            (at_most, "≤", lambda limit: middle <= limit),
            (at_least, "≥", lambda limit: middle >= limit),
            (below, "<", lambda limit: middle < limit),
        ):
            if limit is not None and self.judge:
                kept = holds(limit)
                promise = f"{sign} {limit:g} {unit}: {'kept' if kept else 'NOT KEPT'}"
        self.broken += kept is False
        if self.as_json:
            print(
                json.dumps(
                    {
                        "bench": bench, "figure": what, "unit": unit, "median": round(middle, 4), "min": round(min(values), 4),
                        "max": round(max(values), 4), "n": n, "promise": promise.split(":")[0] or None, "kept": kept,
                    },
                    ensure_ascii=False,
                ),
                flush=True,
            )  # fmt: skip
        else:
            spread = f"{short(min(values))}–{short(max(values))}" if len(values) > 1 else ""
            self._row(bench, what, f"{short(middle)} {unit}", spread, n, promise)

    def ratios(self, bench, what, above, below, **promise):
        """above/below, pair by pair: both of a pair were measured one after the other."""
        self.figure(bench, what, [a / b for a, b in zip(above, below, strict=True)], "×", **promise)

    def latencies(self, bench, what, seconds, **promises):
        """p50, p95, p99 and max of single events. promises: p50=…, p99=…, in milliseconds."""
        values = [s * 1e3 for s in seconds]
        for name, share in (("p50", 50), ("p95", 95), ("p99", 99), ("max", 100)):
            value = percentile(values, share)
            self.figure(bench, f"{what}, {name}", [value], "ms", at_most=promises.get(name), n=len(values))


def short(value):
    digits = 0 if abs(value) >= 100 else 1 if abs(value) >= 10 else 2 if abs(value) >= 1 else 3
    return f"{value:.{digits}f}"


def note(text):
    print(text, file=sys.stderr, flush=True)

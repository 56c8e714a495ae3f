"""`soak`: half an hour of twenty agents at work. `polling`: changes found without file events."""

import json
import os
import random
import shutil
import statistics
import threading
import time

import corpus
from measure import Failed, note, process_cpu, process_rss_mb
from scrollback import Reader, Watch, ask

WRITERS = 20
SAMPLE_S = 10
POLL_S = 0.005


class Writer(threading.Thread):
    """An agent: appends a record at a time, in pieces now and then, and begins a new file now and then."""

    def __init__(self, number, folder, over):
        super().__init__()
        self.number, self.folder, self.over = number, folder, over
        self.dice, self.written, self.files = random.Random(number), 0, 0

    def run(self):
        while not self.over.is_set():
            self.files += 1
            session = f"soak-{self.number}-{self.files}"
            with open(os.path.join(self.folder, session + ".jsonl"), "ab", buffering=0) as file:
                for _ in range(self.dice.randrange(200, 600)):
                    if self.over.is_set():
                        return
                    text = "It compiles, and the handler is fine. " * self.dice.randrange(1, 80)
                    line, _ = corpus.record(session, None, text)
                    if self.dice.random() < 0.1:
                        middle = len(line) // 2
                        file.write(line[:middle])
                        time.sleep(0.02)
                        line = line[middle:]
                    file.write(line)
                    self.written += 1
                    self.over.wait(self.dice.uniform(0.1, 0.9))


def soak(report, bench):
    """Twenty writers among 10,000 files that do not change: memory, descriptors, latency, lag."""
    files, minutes = (1000, 1) if bench.trial else (10_000, bench.minutes)
    source = bench.folder("soak-source")
    shutil.copytree(corpus.small_files(bench.work, files), source)
    folder = os.path.join(source, "projects", "-home-ann-work-soak")
    os.makedirs(folder)
    over = threading.Event()
    writers = [Writer(n, folder, over) for n in range(WRITERS)]
    data = bench.folder("soak")
    samples, lags, states = [], [], {}
    with bench.scrollback.watch(source, data) as watch:
        watch.wait_until_caught_up()
        cpu, began = process_cpu(watch.pid), time.monotonic()
        for writer in writers:
            writer.start()
        try:
            while time.monotonic() - began < minutes * 60:
                time.sleep(SAMPLE_S)
                status = ask(bench, source, data)
                lags.append(status["backlog"]["lag_s"])
                states[status["state"]] = states.get(status["state"], 0) + 1
                descriptors = len(os.listdir(f"/proc/{watch.pid}/fd"))
                samples.append((time.monotonic() - began, process_rss_mb(watch.pid), descriptors))
        finally:
            over.set()
            for writer in writers:
                writer.join()
        cpu = (process_cpu(watch.pid) - cpu) / (time.monotonic() - began)
        end = ask(bench, source, data)
    written = sum(writer.written for writer in writers)
    settled = samples[len(samples) // 3 :]
    report.figure("soak", "appends", [written], "")
    report.figure("soak", "CPU, part of a core", [cpu * 100], "%")
    report.figure("soak", "memory: slope of the last two thirds", [slope(settled) * 3600], "MB/h", below=1)
    report.figure("soak", "memory: first and last", [samples[0][1], samples[-1][1]], "MB")
    report.figure("soak", "descriptors: most less fewest", [max(s[2] for s in settled) - min(s[2] for s in settled)], "")
    latency = end["watcher"]["latency_ms"]
    for name in ("p50", "p95", "p99"):
        report.figure("soak", f"growth to commit, {name}", [latency[name]], "ms", n=latency["count"])
    report.figure("soak", "worst lag that a status saw", [max(lags)], "s", n=len(lags))
    note(f"states: {states}; missed events {end['watcher']['missed_events']}, rebuilds {end['watcher']['rebuilds']}")
    _, verdict = bench.scrollback.sync(source, data)
    expected = files * 3 + written
    if verdict["messages"] != expected:
        raise Failed(f"{verdict['messages']} messages, {expected} were written")


def slope(samples):
    """Memory against time, MB a second, by least squares."""
    times, memory = [s[0] for s in samples], [s[1] for s in samples]
    return statistics.linear_regression(times, memory).slope


def polling(report, bench):
    """Appends to quiet files and new files among 10,000, with no file events to be had."""
    files = 1000 if bench.trial else 10_000
    source = bench.folder("polling-source")
    shutil.copytree(corpus.small_files(bench.work, files), source)
    paths = sorted(corpus.main_sessions(source))
    data = bench.folder("polling")
    limit = "echo 0 > /proc/sys/user/max_inotify_instances && exec \"$@\""
    command = ["unshare", "-Ur", "sh", "-c", limit, "sh"] + bench.scrollback.command("watch", source, data)
    with Watch(command, bench.scrollback.env) as watch:
        watch.wait_until_caught_up()
        status = ask(bench, source, data)
        if status["watcher"]["mode"] != "polling":
            raise Failed("no user namespace, or the limit did not hold")
        reader = Reader(data)
        reader.open()
        dice, seconds = random.Random(1), []
        before, began = process_cpu(watch.pid), time.monotonic()
        for n in range(bench.appends):
            path = dice.choice(paths)
            if n % 4 == 0:
                path = os.path.join(os.path.dirname(path), f"new-{n}.jsonl")
            line, key = corpus.record(os.path.basename(path).removesuffix(".jsonl"), None, "found without an event")
            with open(path, "ab", buffering=0) as file:
                file.write(line)
            wrote = time.perf_counter()
            while not reader.has_row(key):
                if time.perf_counter() - wrote > 30:
                    raise Failed(f"{path} was not found")
                time.sleep(POLL_S)
            seconds.append(time.perf_counter() - wrote)
            time.sleep(dice.uniform(0, 0.7))
        cpu = (process_cpu(watch.pid) - before) / (time.monotonic() - began)
        reader.close()
    report.latencies("polling", "quiet and new files: row", seconds, max=1500)
    report.figure("polling", "CPU, part of a core", [cpu * 100], "%")

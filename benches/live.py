"""`watch`: from an append to a searchable message, and what it costs when nothing happens."""

import os
import random
import shutil
import time
import uuid

import corpus
from measure import Failed, note, process_cpu, process_pss_mb, process_rss_mb
from scrollback import Reader, ask

POLL_S = 0.0002
GIVE_UP_S = 30


def latency(report, bench):
    """Appends to a copy of S, from the return of write() to a row and to a hit in the words index."""
    original, _ = bench.case("S")
    source = bench.folder("watch-source")
    shutil.copytree(original, source)
    data = bench.folder("watch")
    reader = Reader(data)
    with bench.scrollback.watch(source, data) as watch:
        watch.wait_until_caught_up()
        if not reader.open():
            raise Failed("no database")
        files = sorted(corpus.main_sessions(source), key=os.path.getsize)
        time.sleep(2)
        for what, paths, gap in (
            ("one file, every 0.1 s", [files[len(files) // 2]], 0.1),
            ("quiet files, every 1 s", files, 1),
        ):
            before = process_cpu(watch.pid)
            rows, hits = appends(reader, paths, bench.appends, gap)
            cpu = process_cpu(watch.pid) - before
            report.latencies("watch", f"{what}: row", rows)
            report.latencies("watch", f"{what}: found", hits, p50=5, p99=50)
            report.figure("watch", f"{what}: CPU for an append", [cpu / bench.appends * 1e3], "ms", n=bench.appends)
        report.figure("watch", "peak memory", [process_rss_mb(watch.pid, peak=True)], "MB")
    reader.close()


def appends(reader, paths, count, gap):
    """Seconds until each record was a row, and until its word was found."""
    rows, hits = [], []
    dice = random.Random(1)
    for n in range(count):
        path = paths[n % len(paths)]
        word = "w" + uuid.uuid4().hex
        line, key = corpus.record(
            os.path.basename(path).removesuffix(".jsonl"), None, f"The handler is fine, see {word} for the trace. " * 8
        )
        with open(path, "ab", buffering=0) as file:
            file.write(line)
            wrote = time.perf_counter()
        row = hit = None
        while hit is None or row is None:
            if row is None and reader.has_row(key):
                row = time.perf_counter() - wrote
            if hit is None and reader.finds(word):
                hit = time.perf_counter() - wrote
            if time.perf_counter() - wrote > GIVE_UP_S:
                raise Failed(f"an append to {path} was not seen within {GIVE_UP_S} s")
            time.sleep(POLL_S)
        rows.append(row)
        hits.append(hit)
        # Not in step with any clock of the program.
        time.sleep(max(0, gap * dice.uniform(0.7, 1.3) - (time.perf_counter() - wrote)))
    return rows, hits


def idle(report, bench):
    """10,000 files that do not change: what every face says from the first pass on, what is kept in memory, and what rest
    costs; then the same after a start on the same data."""
    count, seconds = (1000, 10) if bench.trial else (10_000, 60)
    source = corpus.small_files(bench.work, count)
    data = bench.folder("idle")
    kept = {}
    for when in ("after the first pass", "after a start"):
        with bench.scrollback.watch(source, data) as watch:
            watch.wait_until_caught_up()
            untrue = [said for said in faces(bench, source, data, 15) if said[0] not in ("live", "idle", "starting")]
            for state, reason in untrue:
                note(f"{when}, everything saved, and it says: {state}: {reason}")
            report.figure("idle", f"{when}: states that are not true, in 15 s", [len(untrue)], "", at_most=0)
            # What a first pass took goes back after some seconds of quiet.
            time.sleep(5)
            before, began = process_cpu(watch.pid), time.perf_counter()
            time.sleep(seconds)
            used, elapsed = process_cpu(watch.pid) - before, time.perf_counter() - began
            report.figure("idle", f"{when}: CPU, {count} files, {seconds} s", [used / elapsed * 100], "%", below=0.1)
            kept[when] = process_pss_mb(watch.pid)
            report.figure("idle", f"{when}: memory", [kept[when]], "MB")
    first, again = kept.values()
    report.figure("idle", "memory after the first pass / after a start", [first / again], "", at_most=1.3)


def faces(bench, source, data, seconds):
    """State and reason of every status asked for so long."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        status = ask(bench, source, data)
        yield status["state"], status["reason"]
        time.sleep(0.1)

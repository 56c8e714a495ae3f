"""Everything into a new database: medium, large, one huge file, one huge line; and again with nothing new."""

import corpus
from measure import Failed, tree_mb
from scrollback import Reader

PEAK_MB = 150
STORED = 0.8


class Milestones:
    """When all rows were in, and when all prose was searchable; seen from outside while it happens."""

    def __init__(self, data):
        self.reader, self.seen = Reader(data), []

    def look(self, seconds):
        if self.reader.open():
            self.seen.append((seconds, self.reader.last_row(), self.reader.watermark()))

    def times(self, end):
        if not self.reader.open():
            raise Failed("no database")
        last, watermark = self.reader.last_row(), self.reader.watermark()
        self.reader.close()
        if watermark != last:
            raise Failed(f"prose is indexed up to {watermark} of {last}")
        self.seen.append((end, last, watermark))
        rows = next(s for s, row, _ in self.seen if row >= last)
        prose = next(s for s, _, mark in self.seen if mark >= last)
        return rows, prose


def medium(report, bench):
    """M: time, memory, size, and when prose can be searched."""
    source, size = bench.case(bench.medium)
    runs, rows, prose, stored = [], [], [], []
    for _ in range(bench.n):
        data = bench.folder("medium")
        milestones = Milestones(data)
        run, verdict = bench.scrollback.bootstrap(source, data, milestones.look)
        runs.append(run)
        for times, seconds in zip((rows, prose), milestones.times(run.wall)):
            times.append(seconds)
        stored.append(tree_mb(data))
    name = bench.medium
    report.figure(name, f"bootstrap, {verdict['messages']} messages", [r.wall for r in runs], "s")
    report.figure(name, "CPU", [r.cpu for r in runs], "s")
    report.figure(name, "rate", [size / r.wall for r in runs], "MB/s")
    report.figure(name, "peak memory", [r.rss_mb for r in runs], "MB", below=PEAK_MB)
    report.figure(name, "all rows in", rows, "s")
    report.figure(name, "prose searchable", prose, "s")
    report.ratios(name, "prose searchable / whole time", prose, [r.wall for r in runs], at_most=0.5)
    report.figure(name, "stored", stored, "MB")
    report.figure(name, "stored / source", [s / size for s in stored], "×", at_most=STORED)


def no_change(report, bench):
    """M again, when nothing is new."""
    source, _ = bench.case(bench.medium)
    data = bench.folder("no-change")
    bench.scrollback.bootstrap(source, data)
    runs = []
    for _ in range(max(10, bench.n)):
        run, verdict = bench.scrollback.sync(source, data)
        if verdict["messages_added"] or verdict["bytes_read"]:
            raise Failed(f"a pass without news read something: {verdict}")
        runs.append(run)
    report.figure("no-change", "sync, nothing new", [r.wall for r in runs], "s", below=0.15)
    report.figure("no-change", "CPU", [r.cpu for r in runs], "s")
    report.figure("no-change", "peak memory", [r.rss_mb for r in runs], "MB")


def large(report, bench):
    """L: as fast for each byte as M, measured right before it."""
    (small_source, small_size), (source, size) = bench.case(bench.medium), bench.case(bench.large)
    per_mb, small_per_mb, runs, prose, stored = [], [], [], [], []
    for _ in range(bench.n_large):
        small, _ = bench.scrollback.bootstrap(small_source, bench.folder("large"))
        data = bench.folder("large")
        milestones = Milestones(data)
        run, verdict = bench.scrollback.bootstrap(source, data, milestones.look)
        runs.append(run)
        small_per_mb.append(small.wall / small_size)
        per_mb.append(run.wall / size)
        prose.append(milestones.times(run.wall)[1])
        stored.append(tree_mb(data))
    name = bench.large
    report.figure(name, f"bootstrap, {verdict['messages']} messages", [r.wall for r in runs], "s")
    report.figure(name, "CPU", [r.cpu for r in runs], "s")
    report.figure(name, "rate", [size / r.wall for r in runs], "MB/s")
    report.ratios(name, "time for a MB, against M's", per_mb, small_per_mb, at_most=1.3)
    report.figure(name, "peak memory", [r.rss_mb for r in runs], "MB", below=PEAK_MB)
    report.figure(name, "prose searchable", prose, "s")
    report.ratios(name, "prose searchable / whole time", prose, [r.wall for r in runs])
    report.figure(name, "stored", stored, "MB")
    report.figure(name, "stored / source", [s / size for s in stored], "×", at_most=STORED)


def big_file(report, bench):
    """One transcript of 2 GB."""
    size = 10**8 if bench.trial else 2 * 10**9
    source = corpus.big_file(bench.case(bench.large)[0], bench.work, size)
    data = bench.folder("big-file")
    run, verdict = bench.scrollback.bootstrap(source, data)
    report.figure("big-file", f"one file, {verdict['bytes'] / 1e6:.0f} MB", [run.wall], "s")
    report.figure("big-file", "CPU", [run.cpu], "s")
    report.figure("big-file", "peak memory", [run.rss_mb], "MB", below=200)
    report.figure("big-file", "stored / source", [tree_mb(data) * 1e6 / verdict["bytes"]], "×", at_most=STORED)


def long_line(report, bench):
    """One line of 50 MB between two hundred ordinary ones: a message, found by its beginning."""
    source = corpus.long_line(bench.case(bench.medium)[0], bench.work, 5 * 10**6 if bench.trial else 50 * 10**6)
    runs = []
    for _ in range(bench.n):
        data = bench.folder("long-line")
        run, verdict = bench.scrollback.bootstrap(source, data)
        reader = Reader(data)
        if verdict["messages"] != 201 or verdict["rejects"] or not reader.open() or not reader.finds("longlineword"):
            raise Failed(f"the long line is not found: {verdict}")
        reader.close()
        runs.append(run)
    report.figure("long-line", f"a line of {verdict['bytes'] / 1e6:.0f} MB, stored and found", [r.wall for r in runs], "s")
    report.figure("long-line", "peak memory", [r.rss_mb for r in runs], "MB")

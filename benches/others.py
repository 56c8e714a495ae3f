"""The same transcripts through other programs, in turn with ours: two peers, and a bare insert.

Only ratios within a pair mean anything on a machine that is not quiet.
"""

import contextlib
import glob
import json
import os
import shutil
import sqlite3
import time

from measure import Failed, Run, process_cpu, process_rss_mb, run, tree_mb


def peers(report, bench):
    """M through agentsview and claude-code-to-sqlite."""
    compare(report, bench, "peers", bench.medium, bench.n, {"agentsview": (agentsview, 3), "claude-code-to-sqlite": (to_sqlite, 1)})


def peers_large(report, bench):
    """L through agentsview: a quarter of an hour."""
    compare(report, bench, "peers-L", bench.large, 1, {"agentsview": (agentsview, 8)})


def compare(report, bench, name, case, rounds, drivers):
    source, size = bench.case(case)
    ours, theirs, stored = [], {peer: [] for peer in drivers}, {peer: [] for peer in drivers}
    for _ in range(rounds):
        ours.append(bench.scrollback.bootstrap(source, bench.folder("ours"))[0])
        for peer, (drive, _) in drivers.items():
            done, megabytes = drive(bench, source)
            theirs[peer].append(done)
            stored[peer].append(megabytes)
    report.figure(name, "scrollback", [r.wall for r in ours], "s")
    report.figure(name, "scrollback, CPU", [r.cpu for r in ours], "s")
    for peer, (_, times) in drivers.items():
        runs = theirs[peer]
        report.figure(name, peer, [r.wall for r in runs], "s")
        report.figure(name, f"{peer}, CPU", [r.cpu for r in runs], "s")
        report.figure(name, f"{peer}, peak memory", [r.rss_mb for r in runs], "MB")
        report.figure(name, f"{peer}, stored / source", [mb / size for mb in stored[peer]], "×")
        report.ratios(name, f"{peer} / scrollback", [r.wall for r in runs], [r.wall for r in ours], at_least=times)


def agentsview(bench, source):
    """`sync` starts a daemon that does the work and stays: its CPU and memory are read from it."""
    binary, home = os.path.join(bench.venv, "bin", "agentsview"), bench.folder("agentsview")
    copy, data = os.path.join(home, "claude"), os.path.join(home, "data")
    shutil.copytree(source, copy)  # it watches what it reads, and gets nothing it could spoil
    env = {
        "PATH": os.environ["PATH"], "HOME": home, "AGENTSVIEW_DATA_DIR": data, "CLAUDE_PROJECTS_DIR": copy + "/projects",
        "AGENTSVIEW_TELEMETRY_ENABLED": "0", "TELEMETRY_ENABLED": "0", "DO_NOT_TRACK": "1",
    }  # fmt: skip
    try:
        done = run([binary, "sync"], env=env)
        with open(glob.glob(data + "/daemon.*.json")[0]) as file:
            pid = int(json.load(file)["pid"])
        done = Run(done.wall, process_cpu(pid), 0.0, process_rss_mb(pid, peak=True), done.out)
        expect_rows(data + "/sessions.db")
        megabytes = tree_mb(data)
    finally:
        with contextlib.suppress(Failed):  # it never started: then that is the error to see
            run([binary, "daemon", "stop"], env=env)
    time.sleep(1)
    shutil.rmtree(home, ignore_errors=True)
    return done, megabytes


def to_sqlite(bench, source):
    binary, folder = os.path.join(bench.venv, "bin", "claude-code-to-sqlite"), bench.folder("to-sqlite")
    os.makedirs(folder)
    database = os.path.join(folder, "db")
    done = run([binary, "sessions", database, source + "/projects", "--include-agents", "--silent"])
    expect_rows(database)
    return done, tree_mb(folder)


def expect_rows(database):
    connection = sqlite3.connect(f"file:{database}?mode=ro", uri=True)
    rows = connection.execute("SELECT count(*) FROM messages").fetchone()[0]
    connection.close()
    if not rows:
        raise Failed(f"no messages in {database}")


def limit(report, bench):
    """M's rows and one FTS5 table, and nothing else: no archive, no ids joined, no sessions, no watching."""
    source, _ = bench.case(bench.medium)
    program = build_limits(bench)
    ours, bare = [], []
    folder = bench.folder("limit")
    os.makedirs(folder)
    for _ in range(bench.n):
        ours.append(bench.scrollback.bootstrap(source, bench.folder("ours"))[0])
        options = "--fts unicode61 --content contentless --txn 1000 --threads 2".split()
        bare.append(run([program, "index", "--corpus", source + "/projects", "--db", os.path.join(folder, "db"), *options]))
    report.figure("limit", "bare insert with FTS5", [r.wall for r in bare], "s")
    report.figure("limit", "bare insert with FTS5, CPU", [r.cpu for r in bare], "s")
    report.figure("limit", "scrollback", [r.wall for r in ours], "s")
    report.figure("limit", "scrollback, CPU", [r.cpu for r in ours], "s")
    report.ratios("limit", "CPU, scrollback / bare insert", [r.cpu for r in ours], [r.cpu for r in bare], at_most=1.4)


def build_limits(bench):
    """Built in a copy: the sources may be somewhere that is not ours to write."""
    copy = os.path.join(bench.work, "limits")
    program = os.path.join(copy, "target", "release", "limits")
    if not os.path.exists(program):
        shutil.copytree(bench.limits, copy, dirs_exist_ok=True, copy_function=shutil.copyfile)
        run(["cargo", "build", "--release", "--target-dir", os.path.join(copy, "target")], cwd=copy)
    return program

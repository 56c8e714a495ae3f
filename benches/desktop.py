"""The desktop app: how soon the icon and the window are there, and what they cost."""

import gzip
import os
import re
import time

import corpus
from desk import App, Desk

# After so long nothing is left to do.
SETTLED_S = 15


def desktop(report, bench):
    """Over 10,000 files that are known already: to the icon, to the painted window, memory, CPU."""
    count, starts, seconds = (1000, 2, 10) if bench.trial else (10_000, 5, 60)
    source = corpus.small_files(bench.work, count)
    data = bench.folder("desktop-data")
    bench.scrollback.sync(source, data)
    with Desk(bench.folder("desktop-home")) as desk:
        icons = []
        for _ in range(starts):
            with App(desk, bench.app, data, source) as app:
                icons.append(app.to_tray)
        report.figure("desktop", "start to the icon", icons, "s", at_most=0.5)

        with App(desk, bench.app, data, source) as app:
            time.sleep(SETTLED_S)
            before, began = app.cpu(), time.perf_counter()
            time.sleep(seconds)
            used, elapsed = app.cpu() - before, time.perf_counter() - began
            report.figure("desktop", f"CPU, {count} files, {seconds} s", [used / elapsed * 100], "%", below=0.5)
            tray = app.pss_mb()
            report.figure("desktop", f"memory (PSS), tray only, {count} files", [tray], "MiB", at_most=110)
            painted, opened = [], []
            for _ in range(starts):
                painted.append(app.open() * 1e3)
                time.sleep(2)
                opened.append(app.pss_mb())
                desk.close_window()
                time.sleep(3)
            report.figure("desktop", "first click to the painted window", painted[:1], "ms", at_most=400)
            report.figure("desktop", "later clicks to the painted window", painted[1:], "ms", at_most=400)
            report.figure("desktop", "memory (PSS), window open", opened, "MiB")
            time.sleep(SETTLED_S)
            closed = app.pss_mb()
            report.figure("desktop", f"memory after {starts} windows, more than before", [closed - tray], "MiB", at_most=50)
    weigh(report, bench)


def weigh(report, bench):
    """What the page loads, gzipped: with the first screen, and in all."""
    dist = os.path.join(bench.root, "ui", "dist")
    with open(os.path.join(dist, "index.html")) as file:
        page = file.read()
    scripts = {}
    for name in os.listdir(os.path.join(dist, "assets")):
        if name.endswith(".js"):
            with open(os.path.join(dist, "assets", name), "rb") as file:
                scripts[name] = file.read()
    first, left = set(), [name for name in scripts if name in page]
    while left:
        name = left.pop()
        if name not in first:
            first.add(name)
            imported = re.findall(rb'(?:from|import)\s*"\./([^"]+\.js)"', scripts[name])
            left += [name.decode() for name in imported]
    size = {name: len(gzip.compress(text, 9)) / 1e3 for name, text in scripts.items()}
    report.figure("desktop", "first screen, gzipped", [sum(size[name] for name in first)], "kB", at_most=45)
    report.figure("desktop", "whole page, gzipped", [sum(size.values())], "kB", at_most=150)

#!/usr/bin/env python3
"""Measures what Scrollback promises. benches/README.md says what, and how to read it."""

import argparse
import os
import shutil
import sys

sys.dont_write_bytecode = True

import bootstrap  # noqa: E402
import corpus  # noqa: E402
import desktop  # noqa: E402
import live  # noqa: E402
import opening  # noqa: E402
import others  # noqa: E402
import search  # noqa: E402
import soak  # noqa: E402
from measure import Failed, Report, note  # noqa: E402
from scrollback import Scrollback  # noqa: E402

# In the order in which they run. What --all leaves out is run by name only.
BENCHES = {
    "medium": bootstrap.medium,
    "no-change": bootstrap.no_change,
    "watch": live.latency,
    "idle": live.idle,
    "search": search.medium,
    "desktop": desktop.desktop,
    "opening": opening.opening,
    "polling": soak.polling,
    "soak": soak.soak,
    "long-line": bootstrap.long_line,
    "limit": others.limit,
    "peers": others.peers,
    "large": bootstrap.large,
    "search-large": search.large,
    "big-file": bootstrap.big_file,
    "peers-large": others.peers_large,
}
QUICK = ["medium", "no-change", "watch", "idle", "long-line"]
ALL = [name for name in BENCHES if name not in ("peers-large", "soak")]
NEEDS = {"limit": "limits", "peers": "venv", "peers-large": "venv", "desktop": "app", "opening": "app"}

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(HERE)


class Bench:
    """What a bench may use: settings, corpora, folders."""

    def __init__(self, args):
        self.work = os.path.abspath(args.work)
        self.gen = os.path.abspath(args.gen)
        self.root, self.app = ROOT, args.app and os.path.abspath(args.app)
        self.venv = args.venv and os.path.abspath(args.venv)
        self.limits = args.limits and os.path.abspath(args.limits)
        self.n, self.n_large, self.trial = args.n, args.n_large, args.trial
        self.minutes = args.minutes
        self.appends = args.appends or (20 if args.trial else 200)
        self.medium, self.large = ("S", "M") if args.trial else ("M", "L")
        self.scrollback = Scrollback(os.path.abspath(args.bin), self.work)

    def case(self, name):
        return corpus.case(name, self.work, self.gen)

    def folder(self, name):
        """A path below the work folder with nothing there."""
        path = os.path.join(self.work, "run", name)
        shutil.rmtree(path, ignore_errors=True)
        return path


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("bench", nargs="*", metavar="BENCH", help=", ".join(BENCHES))
    parser.add_argument("--all", action="store_true", help="the slow ones too; by itself it runs the quick ones")
    parser.add_argument("--json", action="store_true", help="one object a line")
    parser.add_argument("--trial", action="store_true", help="small inputs, to try the benches; judges nothing")
    parser.add_argument("--n", type=int, default=3, help="runs of M (3)")
    parser.add_argument("--n-large", type=int, default=1, help="runs of L (1)")
    parser.add_argument("--appends", type=int, help="appends at each pace in watch (200)")
    parser.add_argument("--minutes", type=int, default=30, help="how long soak takes (30)")
    parser.add_argument("--bin", default=os.path.join(ROOT, "target", "release", "scrollback"), help="the program")
    parser.add_argument("--work", default=os.path.join(ROOT, "target", "bench"), help="inputs are kept here (target/bench)")
    parser.add_argument("--gen", default=os.path.join(ROOT, "..", "shared", "bench", "gen_corpus.py"), help="makes the corpora")
    parser.add_argument("--app", help="the desktop app, target/release/scrollback-desktop")
    parser.add_argument("--venv", help="agentsview and claude-code-to-sqlite are installed here")
    parser.add_argument("--limits", help="sources of the bare insert")
    args = parser.parse_args()

    unknown = [name for name in args.bench if name not in BENCHES]
    if unknown:
        parser.error(f"no bench is called {', '.join(unknown)}; there are {', '.join(BENCHES)}")
    if not os.path.exists(args.bin):
        sys.exit(f"{args.bin} is not there\n  → cargo build --release")
    bench = Bench(args)
    report = Report(args.json, judge=not args.trial)
    failed = 0
    for name in args.bench or (ALL if args.all else QUICK):
        need = NEEDS.get(name)
        if need and not getattr(bench, need):
            note(f"{name}: skipped, it needs --{need}")
            continue
        try:
            BENCHES[name](report, bench)
        except (Failed, OSError) as error:
            note(f"{name}: {error}")
            failed += 1
    shutil.rmtree(os.path.join(bench.work, "run"), ignore_errors=True)
    sys.exit(1 if failed or report.broken else 0)


if __name__ == "__main__":
    main()

"""Drives the program that is measured, and looks into its database from outside, read-only."""

import json
import os
import shutil
import signal
import sqlite3
import subprocess
import time

from measure import Failed, run


class Scrollback:
    def __init__(self, binary, work):
        self.binary = binary
        self.home = os.path.join(work, "run", "home")
        shutil.rmtree(self.home, ignore_errors=True)
        os.makedirs(self.home)
        # Nobody's own settings.
        self.env = {"PATH": os.environ["PATH"], "HOME": self.home}

    def command(self, name, source, data):
        return [self.binary, name, "--json", "--data-dir", data, "--source", f"claude-code={source}"]

    def sync(self, source, data, meanwhile=None):
        """A complete pass: the run and its verdict."""
        done = run(self.command("sync", source, data), env=self.env, meanwhile=meanwhile)
        verdict = json.loads(done.out.splitlines()[-1])
        if verdict["gaps"]:
            raise Failed(f"sync of {source}: {verdict['gaps']} gaps")
        return done, verdict

    def bootstrap(self, source, data, meanwhile=None):
        """A pass into a new data folder."""
        shutil.rmtree(data, ignore_errors=True)
        return self.sync(source, data, meanwhile)

    def watch(self, source, data):
        return Watch(self.command("watch", source, data), self.env)


class Watch:
    """`watch` in the background, from caught up to stopped."""

    def __init__(self, cmd, env):
        self.notices = os.path.join(env["HOME"], "watch.jsonl")
        with open(self.notices, "wb") as out:
            self.process = subprocess.Popen(
                cmd, stdin=subprocess.DEVNULL, stdout=out, env=env, start_new_session=True
            )
        self.pid = self.process.pid

    def wait_until_caught_up(self, timeout=600):
        end = time.monotonic() + timeout
        while time.monotonic() < end:
            if self.process.poll() is not None:
                raise Failed(f"watch ended with {self.process.returncode}")
            with open(self.notices, "rb") as file:
                if b'"caught_up"' in file.read():
                    return
            time.sleep(0.05)
        raise Failed(f"watch: not caught up after {timeout} s")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()


def ask(bench, source, data):
    done = subprocess.run(
        bench.scrollback.command("status", source, data), env=bench.scrollback.env, capture_output=True, check=False
    )
    return json.loads(done.stdout)


def read_only(path):
    return sqlite3.connect(f"file:{path}?mode=ro", uri=True, isolation_level=None, timeout=5)


class Reader:
    """Asks a data folder that is being written what is in it by now."""

    def __init__(self, data):
        self.data = data
        self.rows = self.words = None

    def open(self):
        """Whether both files are there to be asked."""
        try:
            if self.words is None:
                rows = read_only(os.path.join(self.data, "scrollback.db"))
                words = read_only(os.path.join(self.data, "index", "words_prose.db"))
                rows.execute("SELECT max(id) FROM message").fetchone()
                words.execute("SELECT watermark FROM state").fetchone()
                self.rows, self.words = rows, words
            return True
        except sqlite3.OperationalError:
            return False  # not made yet

    def last_row(self):
        return self.rows.execute("SELECT max(id) FROM message").fetchone()[0] or 0

    def watermark(self):
        return self.words.execute("SELECT watermark FROM state").fetchone()[0]

    def has_row(self, key):
        return self.rows.execute("SELECT 1 FROM message WHERE key = ?", (key,)).fetchone() is not None

    def finds(self, word):
        return self.words.execute("SELECT rowid FROM words WHERE words MATCH ?", (word,)).fetchone() is not None

    def close(self):
        for connection in (self.rows, self.words):
            if connection:
                connection.close()

"""The real window, driven over WebDriver: how soon a long conversation is painted, and a place in it."""

import json
import socket
import sqlite3
import subprocess
import time
import urllib.request

import corpus
from desk import GIVE_UP_S, Desk
from measure import Failed

# Goes to an address, and answers when a message that fits has been painted there.
GO = """
const [address, wanted, done] = arguments;
const old = new Set(document.querySelectorAll("article"));
const began = performance.now();
const look = () => {
  const view = document.querySelector("[data-conversation]")?.getBoundingClientRect();
  const isThere = view && [...document.querySelectorAll(wanted)].some((card) => {
    if (old.has(card)) return false;
    const box = card.getBoundingClientRect();
    return box.height > 0 && box.bottom > view.top && box.top < view.bottom && !card.querySelector(".waiting");
  });
  // The frame after the one that drew it.
  if (isThere) requestAnimationFrame(() => done(performance.now() - began));
  else if (performance.now() - began > 20000) done(null);
  else requestAnimationFrame(look);
};
location.hash = address;
look();
"""


def opening(report, bench):
    """Conversations of 5,000 records: from the address to the first messages, and to one in the middle."""
    starts = 1 if bench.trial else 5
    source = corpus.long_talks(bench.case(bench.medium)[0], bench.work, 3)
    data = bench.folder("opening-data")
    bench.scrollback.sync(source, data)
    database = sqlite3.connect(f"file:{data}/scrollback.db?mode=ro", uri=True)
    sessions = [id for (id,) in database.execute("SELECT id FROM sessions ORDER BY message_count DESC LIMIT 3")]
    middle = {session: database.execute(MIDDLE, [session] * 2).fetchone()[0] for session in sessions}
    first, from_list, later, jumps, cold_jumps = [], [], [], [], []
    with Desk(bench.folder("opening-home")) as desk:
        for _ in range(starts):
            with Window(desk, bench.app, data, source) as window:
                first.append(window.go(f"#/session/{sessions[0]}", "article"))
            with Window(desk, bench.app, data, source) as window:
                window.run("location.hash = '#/browse'")
                time.sleep(2)
                from_list.append(window.go(f"#/session/{sessions[0]}", "article"))
                later.append(window.go(f"#/session/{sessions[1]}", "article"))
                for session, took in ((sessions[1], jumps), (sessions[2], cold_jumps)):
                    message = middle[session]
                    took.append(window.go(f"#/session/{session}?m={message}", f"[id='m-{message}']"))
    report.figure("opening", "5,000 records, the first of a process, straight", first, "ms", at_most=150)
    report.figure("opening", "5,000 records, the first of a process, from the list", from_list, "ms", at_most=150)
    report.figure("opening", "5,000 records", later, "ms", at_most=150)
    report.figure("opening", "to a message in the middle of an open session", jumps, "ms", at_most=100)
    report.figure("opening", "to a message in the middle of another session", cold_jumps, "ms", at_most=100)


MIDDLE = """
SELECT id FROM messages WHERE session_id = ? AND role = 'prompt' ORDER BY timestamp
LIMIT 1 OFFSET (SELECT count(*) / 2 FROM messages WHERE session_id = ? AND role = 'prompt')
"""


class Window:
    """The app with its window, started and driven by WebKit's own driver."""

    def __init__(self, desk, binary, data, source):
        env = {**desk.env, "TAURI_WEBVIEW_AUTOMATION": "true"}
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        self.driver = subprocess.Popen(["WebKitWebDriver", f"--port={port}"], env=env, stdout=subprocess.DEVNULL)
        self.address = f"http://127.0.0.1:{port}"
        self._wait_for_driver(port)
        args = ["--data-dir", data, "--source", f"claude-code={source}"]
        options = {"binary": binary, "args": args}
        asked = {"capabilities": {"alwaysMatch": {"webkitgtk:browserOptions": options}}}
        self.session = self._ask("POST", "/session", asked)["sessionId"]
        self._ask("POST", f"/session/{self.session}/timeouts", {"script": GIVE_UP_S * 1000})
        time.sleep(2)

    def _wait_for_driver(self, port):
        end = time.monotonic() + GIVE_UP_S
        while time.monotonic() < end:
            try:
                return socket.create_connection(("127.0.0.1", port)).close()
            except ConnectionRefusedError:
                time.sleep(0.02)
        raise Failed("WebKitWebDriver does not listen")

    def go(self, address, wanted):
        """Milliseconds to a painted message there, from rest."""
        time.sleep(0.5)
        took = self._script("async", GO, [address, wanted])
        if took is None:
            raise Failed(f"{wanted} did not come at {address}")
        return took

    def run(self, script):
        return self._script("sync", script, [])

    def _script(self, kind, script, args):
        return self._ask("POST", f"/session/{self.session}/execute/{kind}", {"script": script, "args": args})

    def _ask(self, method, path, body=None):
        data = json.dumps(body or {}).encode()
        request = urllib.request.Request(self.address + path, data, {"Content-Type": "application/json"}, method=method)
        with urllib.request.urlopen(request, timeout=GIVE_UP_S) as answer:
            return json.load(answer)["value"]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._ask("DELETE", f"/session/{self.session}")
        self.driver.kill()
        self.driver.wait()

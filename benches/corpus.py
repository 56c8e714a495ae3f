"""The files that are read: generated corpora, one 2 GB transcript, one 50 MB line, 10,000 small files.

Everything is made once below the work folder and kept. `corpus.py` is also a program: large files are
made in a process of their own, since a child's peak memory starts at its parent's.
"""

import itertools
import json
import os
import re
import shutil
import subprocess
import sys
import time
import uuid

from measure import note, warm

CASES = {
    "S": "--messages 5000 --sessions 40 --subagents 13 --projects 6 --seed 1",
    "M": "--messages 66631 --sessions 365 --subagents 120 --projects 24 --seed 1",
    "L": "--messages 1000000 --sessions 5500 --subagents 1800 --projects 60 --seed 1",
}


def case(name, work, gen):
    """The folder that holds projects/ of a generated corpus, and its size in MB."""
    path = os.path.join(work, name)
    if not os.path.exists(os.path.join(path, "manifest.json")):
        note(f"making corpus {name} in {path}")
        shutil.rmtree(path, ignore_errors=True)
        subprocess.run([sys.executable, gen, *CASES[name].split(), "--out", path], check=True, stdout=sys.stderr)
    with open(os.path.join(path, "manifest.json")) as file:
        size = json.load(file)["bytes"] / 1e6
    warm(path)
    return path, size


def big_file(corpus, work, size):
    """A folder with one transcript of at least `size` bytes: the main sessions of a corpus, one after another."""
    return _made(work, f"big-{size // 10**6}MB", "file", corpus, str(size))


def long_talks(corpus, work, count):
    """A folder with `count` sessions of 5,000 records each, out of the main sessions of a corpus."""
    return _made(work, f"talks-{count}", "talks", corpus, str(count))


def long_line(corpus, work, size):
    """A folder with one short transcript that has a line of `size` bytes in its middle."""
    return _made(work, f"line-{size // 10**6}MB", "line", corpus, str(size))


def small_files(work, count):
    """A folder with `count` transcripts of three records each, in folders of a hundred."""
    return _made(work, f"small-{count}", "small", str(count))


def _made(work, name, *args):
    path = os.path.join(work, name)
    if not os.path.exists(path):
        note(f"making {path}")
        shutil.rmtree(path + ".part", ignore_errors=True)
        subprocess.run([sys.executable, "-B", __file__, path + ".part", *args], check=True)
        os.rename(path + ".part", path)
    warm(path)
    return path


def records(session, count, text="Checked the handler, and it is fine."):
    """Made-up records of one conversation, prompts and answers in turn, as lines."""
    parent = None
    for n in range(count):
        line, parent = record(session, parent, text, is_prompt=n % 2 == 0)
        yield line


def record(session, parent, text, is_prompt=False, cwd="/home/ann/work/garden"):
    """One line as bytes, with its newline, and its id."""
    key = str(uuid.uuid4())
    now = time.time()
    entry = {
        "parentUuid": parent, "isSidechain": False, "userType": "external", "cwd": cwd, "sessionId": session,
        "version": "2.1.85", "gitBranch": "main", "type": "user" if is_prompt else "assistant", "uuid": key,
        "timestamp": time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(now)) + f".{int(now % 1 * 1000):03d}Z",
    }  # fmt: skip
    if is_prompt:
        entry["message"] = {"role": "user", "content": text}
    else:
        entry["requestId"] = "req_" + uuid.uuid4().hex
        entry["message"] = {
            "id": "msg_" + uuid.uuid4().hex, "type": "message", "role": "assistant", "model": "claude-opus-4-5-20251101",
            "content": [{"type": "text", "text": text}], "stop_reason": None,
            "usage": {"input_tokens": 3, "cache_read_input_tokens": 9000, "output_tokens": 120},
        }  # fmt: skip
    return json.dumps(entry, ensure_ascii=False, separators=(",", ":")).encode() + b"\n", key


def main_sessions(corpus):
    for folder, folders, names in os.walk(os.path.join(corpus, "projects")):
        folders[:] = sorted(f for f in folders if f != "subagents")
        for name in sorted(names):
            yield os.path.join(folder, name)


def create(out, name):
    session = str(uuid.uuid5(uuid.NAMESPACE_URL, name))
    folder = os.path.join(out, "projects", "-home-ann-work-garden")
    os.makedirs(folder, exist_ok=True)
    return session, open(os.path.join(folder, session + ".jsonl"), "wb")


def distinct_lines(corpus):
    """The lines of its main sessions, without those a resumed session repeats of another one."""
    seen = set()
    for path in main_sessions(corpus):
        with open(path, "rb") as source:
            for line in source:
                key = re.search(rb'"uuid":"([0-9a-f-]{36})","timestamp"', line)
                if key:
                    key = int(key[1].replace(b"-", b""), 16)
                    if key in seen:
                        continue
                    seen.add(key)
                yield line


def of_session(line, session):
    # Unescaped quotes: these are keys, not text that quotes one.
    return re.sub(rb'"sessionId":"[^"]*"', b'"sessionId":"' + session.encode() + b'"', line)


def make_file(out, corpus, size):
    session, file = create(out, "big")
    written = 0
    with file:
        for line in distinct_lines(corpus):
            written += file.write(of_session(line, session))
            if written >= size:
                return
    sys.exit(f"{corpus} has only {written} bytes to offer")


def make_talks(out, corpus, count):
    lines = distinct_lines(corpus)
    for n in range(count):
        session, file = create(out, f"talk {n}")
        with file:
            file.writelines(of_session(line, session) for line in itertools.islice(lines, 5000))


def make_line(out, corpus, size):
    pieces, length = [], 0
    for path in main_sessions(corpus):
        with open(path, encoding="utf-8") as source:
            pieces.append(source.read())
        length += len(pieces[-1])
        if length > size:
            break
    # Quoting text that is full of quotes makes it longer.
    text = "".join(pieces)
    text = text[: int(size * len(text) / len(json.dumps(text, ensure_ascii=False)))]
    session, file = create(out, "line")
    with file:
        file.writelines(records(session, 100))
        file.write(record(session, None, "longlineword " + text)[0])
        file.writelines(records(session, 100))


def make_small(out, count):
    for n in range(count):
        folder = os.path.join(out, "projects", f"-home-ann-work-small-{n // 100}")
        os.makedirs(folder, exist_ok=True)
        session = str(uuid.uuid4())
        with open(os.path.join(folder, session + ".jsonl"), "wb") as file:
            file.writelines(records(session, 3))


if __name__ == "__main__":
    target, kind, *rest = sys.argv[1:]
    if kind == "small":
        make_small(target, int(rest[0]))
    else:
        {"file": make_file, "line": make_line, "talks": make_talks}[kind](target, rest[0], int(rest[1]))

"""Searches over M and L: how long an answer with 50 hits takes, warm, in one process."""

import json
import os
import subprocess

from measure import Failed, percentile

# Rare and common words, phrases, beginnings, parts, Chinese, signs, filters, misspellings: what the generator planted or uses.
QUERIES = """
the
error
zyxquelthorian
"connection pool exhausted"
数据库迁移
据库迁
parseSessionTranscriptV2
arseSessionTransc
aut*
authen*
error the
error the build
*uthen*
*ab*
a
ab
C++
err-401
foo_bar
tool:Bash error
role:user error
is:error error
the OR error
error -the
project:api error
before:2026-01-01 error
errror
has:code
a*
*er*
"the error"
the error* build
file:*.rs error
file:queue
branch:nosuch error
model:opus error
is:subagent error
""".split("\n")[1:-1]
ROUNDS = 11


def medium(report, bench):
    """66,000 messages."""
    searches(report, bench, bench.medium, any_ms=15, recent_ms=15)


def large(report, bench):
    """A million messages."""
    searches(report, bench, bench.large, any_ms=60, recent_ms=20)


def searches(report, bench, name, any_ms, recent_ms):
    source, _ = bench.case(name)
    data = bench.folder("search")
    bench.scrollback.bootstrap(source, data)
    asker = os.path.join(os.path.dirname(bench.scrollback.binary), "examples", "search")
    if not os.path.exists(asker):
        raise Failed(f"{asker} is not there: cargo build --release -p scrollback-engine --example search")
    asked = subprocess.run(
        [asker, data, str(ROUNDS)], input="\n".join(QUERIES), capture_output=True, text=True, check=True
    )
    answers = [json.loads(line) for line in asked.stdout.splitlines()]
    bench_name = f"search {name}"
    for sort, limit in (("Best", any_ms), ("Recent", recent_ms), ("Facets", None)):
        of_sort = [answer for answer in answers if answer["sort"] == sort]
        times = [ms for answer in of_sort for ms in answer["ms"]]
        report.figure(bench_name, f"{sort}: p50", [percentile(times, 50)], "ms", n=len(times))
        report.figure(bench_name, f"{sort}: p95", [percentile(times, 95)], "ms", at_most=limit, n=len(times))
        slowest = max(of_sort, key=lambda answer: percentile(answer["ms"], 50))
        report.figure(bench_name, f"{sort}: slowest, {slowest['query']}", slowest["ms"], "ms")

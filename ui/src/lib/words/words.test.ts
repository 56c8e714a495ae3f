import { describe, expect, test } from "vitest";

import type { Hit, Row } from "../host/bindings";
import { bytes } from "./bytes";
import { brief, count, counted, percent, rate } from "./count";
import { bySession } from "./hits";
import { cut, oneLine, plain, sentence } from "./plain";
import { commandIn, remediesFor } from "./remedies";
import { ago, isLive, milliseconds, period, remaining, seconds } from "./time";
import { isPrompt, items, looksOf, placesOf, textOf } from "./reading";

describe("numbers", () => {
  test("are grouped, counted and shortened", () => {
    expect(count(1204)).toBe("1,204");
    expect(brief(184_220)).toBe("184,220");
    expect(brief(1_234_567)).toBe("1.2M");
    expect(counted(1, "file")).toBe("1 file");
    expect(counted(0, "file")).toBe("0 files");
    expect(counted(2, "source is", "sources are")).toBe("2 sources are");
  });

  test("a rate has a decimal only where it says something", () => {
    expect([0, 0.44, 3.2, 14.4, 98765.4].map(rate)).toEqual(["0", "0.4", "3.2", "14", "98,765"]);
  });

  test("100 % is said only when it is done", () => {
    expect(percent(999_999, 1_000_000)).toBe(99);
    expect(percent(5, 5)).toBe(100);
    expect(percent(6, 5)).toBe(100);
    expect(percent(0, 0)).toBe(0);
  });
});

test("sizes carry into the next unit when they round up to it", () => {
  expect([0, 1, 640, 999, 1000, 2140, 18_200, 999_400, 999_960, 412_300_000, 9.9e12].map(bytes)).toEqual([
    "0 bytes",
    "1 byte",
    "640 bytes",
    "999 bytes",
    "1 kB",
    "2.1 kB",
    "18 kB",
    "999 kB",
    "1 MB",
    "412 MB",
    "9.9 TB",
  ]);
});

describe("time", () => {
  const now = Date.parse("2026-11-22T12:00:00Z");
  const before = (s: number) => new Date(now - s * 1000).toISOString();

  test("ages are never negative and grow coarser", () => {
    expect([-3600, 3, 40, 720, 7200, 90_000, 200_000].map((s) => ago(before(s), now))).toEqual([
      "just now",
      "just now",
      "40 s ago",
      "12 min ago",
      "2 h ago",
      "yesterday",
      "2 days ago",
    ]);
    expect(ago(before(90 * 86_400), now)).toBe("24 Aug");
    expect(ago(before(400 * 86_400), now)).toBe("18 Oct 2025");
    expect(ago(before(-400 * 86_400), now)).toBe("27 Dec 2027, ahead of the clock");
    expect(ago(null, now)).toBe("");
    expect(ago("nonsense", now)).toBe("");
  });

  test("durations", () => {
    expect([0, 0.21, 42, 244, 7300, 300_000].map(seconds)).toEqual([
      "0 s",
      "0.2 s",
      "42 s",
      "4 min",
      "2 h",
      "3 days",
    ]);
    expect([null, 4.13, 320, 1400].map(milliseconds)).toEqual(["–", "4.1 ms", "320 ms", "1.4 s"]);
    expect([null, 4, 31, 124, 7300].map(remaining)).toEqual([
      "working out how long it takes",
      "a few seconds left",
      "about 30 s left",
      "about 2 min left",
      "about 2 h left",
    ]);
  });

  test("live is the last two minutes", () => {
    expect(isLive(before(119), now)).toBe(true);
    expect(isLive(before(121), now)).toBe(false);
    expect(isLive(null, now)).toBe(false);
    expect(isLive(before(-3500), now)).toBe(true);
    expect(isLive(before(-3700), now)).toBe(false);
  });

  test("sessions stand under the day", () => {
    expect([60, 86_400, 4 * 86_400, 40 * 86_400].map((s) => period(before(s), now))).toEqual([
      "Today",
      "Yesterday",
      "Last 7 days",
      "October 2026",
    ]);
    expect(period(null, now)).toBe("No date");
  });
});

describe("text from transcripts", () => {
  test("loses what a terminal would obey, and nothing else", () => {
    expect(plain("\x1b[31mred\x1b[0m \x1b]0;title\x07\x1b[2Jx\x07\x00\tκ\n")).toBe("red x\tκ\n");
    expect(plain("a\r\nb\rc")).toBe("a\nb\nc");
    expect(plain("a [31m literal")).toBe("a [31m literal");
    expect(plain("\x9b31mred\x9b0m \x9d0;t\x9ca\x1bP1$r\x1b\\b\x1b(Bc \x1b]0;cut\nd")).toBe(
      "red abc ]0;cut\nd",
    );
    expect(oneLine("  one\n two\tthree ")).toBe("one two three");
  });

  test("is never cut in the middle of a character", () => {
    expect(cut("abc", 3)).toEqual({ head: "abc", rest: 0 });
    expect(cut("ab😀c", 3)).toEqual({ head: "ab", rest: 3 });
    expect(cut("ab😀c", 4)).toEqual({ head: "ab😀", rest: 1 });
  });

  test("a fragment of the engine becomes a sentence", () => {
    expect(sentence("free some space; nothing is lost")).toBe("Free some space; nothing is lost.");
    expect(sentence("Done!")).toBe("Done!");
    expect(sentence(" ")).toBe("");
  });
});

describe("remedies", () => {
  const labels = (code: string, remedy = "") =>
    remediesFor({ code, message: "", remedy }).map((each) => each.label);
  const raise =
    "raise it: sudo sysctl fs.inotify.max_user_watches=524288 (to keep it, put that line into /etc/sysctl.d/)";

  test("the command is found, quoted or not", () => {
    expect(commandIn(raise)).toBe("sudo sysctl fs.inotify.max_user_watches=524288");
    expect(commandIn("run `sudo sysctl fs.inotify.max_user_instances=1024`, then wait")).toBe(
      "sudo sysctl fs.inotify.max_user_instances=1024",
    );
    expect(commandIn("sysctl is a program")).toBeNull();
  });

  test("each cause has its buttons, and an unknown one the general ones", () => {
    expect(labels("inotify_limit", raise)).toEqual(["Copy the command", "Switch to polling"]);
    expect(labels("inotify_instances", "no command here")).toEqual(["Switch to polling"]);
    expect(labels("disk_full")).toEqual(["Show the data folder", "Try again"]);
    expect(labels("recovered_with_loss")[0]).toBe("Show the damaged database");
    expect(labels("not_answering")[0]).toBe("Restart the engine");
    expect(labels("setting")).toEqual(["Show the config file"]);
    expect(labels("database_damaged")[0]).toBe("Check the database");
    expect(labels("unreadable")).toEqual(["Open the folder", "Look again"]);
    expect(labels("database_locked")).toEqual(["Try again", "Copy report"]);
    expect(labels("never heard of")).toEqual(["Try again", "Copy report"]);
  });
});

describe("a conversation", () => {
  const all = { thinking: true, tools: true, added: true };
  const none = new Set<string>();
  const row = (id: string, more: Partial<Row> = {}): Row => ({
    id,
    role: "assistant",
    at: null,
    lines: 1,
    bytes: 1,
    ...more,
  });
  const said = (id: string, more: Partial<Row> = {}) => row(id, { says: true, ...more });
  const look = (id: string) => row(id, { tools: ["Read"], only_looks: true });
  const keys = (rows: Row[], view = all, open = none) =>
    items(rows, view, none, open, null).map((item) => item.key);

  test("more than three looks in a row are one line, until it is opened", () => {
    const rows = [said("a"), look("b"), look("c"), look("d"), look("e"), said("f")];
    expect(keys(rows)).toEqual(["a", "looks-b", "f"]);
    expect(keys(rows, all, new Set(["b"]))).toEqual(["a", "looks-b", "b", "c", "d", "e", "f"]);
    expect(keys(rows.slice(0, 4))).toEqual(["a", "b", "c", "d"]);
  });

  test("the view leaves out, and what one was sent to is shown all the same", () => {
    const rows = [
      said("you", { role: "prompt" }),
      row("thought", { thinks: true }),
      row("tool", { tools: ["Bash"] }),
      said("added", { role: "injected" }),
      said("answer"),
    ];
    expect(keys(rows)).toEqual(["you", "thought", "tool", "added", "answer"]);
    const talk = { thinking: false, tools: false, added: false };
    expect(keys(rows, talk)).toEqual(["you", "answer"]);
    const forced = items(rows, talk, new Set(["tool"]), none, null).map((item) => item.key);
    expect(forced).toEqual(["you", "tool", "answer"]);
  });

  test("who speaks is said once, and what happened stands between", () => {
    const rows = [
      said("a", { role: "prompt", is_copy: true }),
      said("b", { role: "prompt" }),
      said("c", { is_left: true }),
      said("d"),
      said("e", { has_gap: true }),
      said("f"),
    ];
    const found = items(rows, all, none, none, "f");
    expect(found.map((item) => item.marks)).toEqual([[], ["branched"], ["left"], ["back"], ["gap"], ["new"]]);
    expect(items([said("a"), said("b")], all, none, none, null).map((item) => item.hasHead)).toEqual([
      true,
      false,
    ]);
  });

  test("an answer is found at its call", () => {
    const places = placesOf([row("call", { answers: ["answer"] }), said("next")]);
    expect([places.get("answer"), places.get("next"), places.get("nobody")]).toEqual([
      "call",
      "next",
      undefined,
    ]);
  });

  test("a run of looking says what it did", () => {
    const rows = [look("a"), look("b"), row("c", { tools: ["Grep"] }), row("d", { tools: ["ToolSearch"] })];
    expect(looksOf(rows)).toBe("Read 2 files, searched once, looked once more");
  });

  const note = (id: string) => row(id, { role: "event" });

  test("notes interrupt nobody, and many of them are one line", () => {
    const rows = [said("a"), note("b"), said("c"), look("d"), note("e"), look("f"), note("g"), said("h")];
    expect(keys(rows)).toEqual(["a", "b", "c", "looks-d", "h"]);
    expect(items(rows, all, none, none, null).map((item) => item.hasHead)).toEqual([
      true,
      false,
      false,
      false,
      false,
    ]);
    expect(looksOf(rows)).toBe("Read 2 files, 3 notes");
    expect(keys(rows, { ...all, added: false })).toEqual(["a", "c", "d", "f", "h"]);
    const alone = ["a", "b", "c", "d"].map(note);
    expect(items(alone, all, none, none, null).map((item) => item.hasHead)).toEqual([false]);
  });

  test("what was taken back is a person's", () => {
    const rows = [said("a", { role: "prompt" }), said("b", { role: "withdrawn_prompt" })];
    expect(items(rows, all, none, none, null).map((item) => item.hasHead)).toEqual([true, true]);
    expect(rows.every(isPrompt)).toBe(true);
  });

  test("our own HTML is read as its text", () => {
    expect(textOf('<p class="a">A &lt;b&gt; &amp;amp; <span>&quot;c&quot;</span></p>')).toBe(
      'a <b> &amp; "c"',
    );
  });
});

test("hits are grouped by session, in the order of the first", () => {
  const hit = (session_id: string, message_id: string) => ({ session_id, message_id }) as Hit;
  const groups = bySession([hit("x", "1"), hit("y", "2"), hit("x", "3")]);
  expect(groups.map((group) => [group.session, group.hits.length])).toEqual([
    ["x", 2],
    ["y", 1],
  ]);
});

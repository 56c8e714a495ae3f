import { describe, expect, test } from "vitest";

import type { EventRow } from "../host/bindings";
import { joined } from "./events.svelte";
import { bindings, caps, KeyReader, type Deed } from "./keys";
import { panesFor } from "./panes.svelte";
import { hashOf, parseRoute, type Route } from "./route.svelte";

describe("routes", () => {
  const routes: [string, Route][] = [
    ["#/status", { screen: "status" }],
    ["#/browse", { screen: "browse", project: null }],
    ["#/browse?project=%2Fhome%2Fada%2Fa%26b", { screen: "browse", project: "/home/ada/a&b" }],
    ["#/browse?project=", { screen: "browse", project: "" }],
    ["#/session/7c1e", { screen: "session", id: "7c1e", message: null, query: "", isAtEnd: false }],
    ["#/session/7c1e?at=end", { screen: "session", id: "7c1e", message: null, query: "", isAtEnd: true }],
    ["#/session/a%2Fb?m=m%3F1", { screen: "session", id: "a/b", message: "m?1", query: "", isAtEnd: false }],
    [
      "#/session/a?m=m1&q=two%20words",
      { screen: "session", id: "a", message: "m1", query: "two words", isAtEnd: false },
    ],
    ["#/search?q=a%20%22b%22", { screen: "search", query: 'a "b"' }],
    ["#/search", { screen: "search", query: "" }],
    ["#/settings", { screen: "settings" }],
  ];

  test.each(routes)("%s leads there and back", (hash, route) => {
    expect(parseRoute(hash)).toEqual(route);
    expect(hashOf(route)).toBe(hash);
  });

  test.each(["", "#", "#/", "#/nowhere", "javascript:alert(1)", "#//x"])("%j leads to Status", (hash) => {
    expect(parseRoute(hash)).toEqual({ screen: "status" });
  });

  test.each(["#/session/", "#/session", "#/session/%E0%A4%A", "#/session/a/b"])(
    "%j is no session",
    (hash) => {
      expect(parseRoute(hash)).toEqual({ screen: "browse", project: null });
    },
  );
});

describe("keys", () => {
  const press = (
    reader: KeyReader,
    key: string,
    more: { hasMod?: boolean; hasAlt?: boolean; at?: number } = {},
  ) => reader.read({ key, hasMod: false, hasAlt: false, at: 0, ...more }, false, true);

  test("two keys one after the other", () => {
    const reader = new KeyReader();
    expect(press(reader, "g", { at: 0 })).toBeNull();
    expect(press(reader, "b", { at: 1000 })).toBe<Deed>("go_browse");
    expect(press(reader, "g", { at: 2000 })).toBeNull();
    expect(press(reader, "b", { at: 9000 })).toBeNull();
  });

  test("a half of a pair does not swallow what comes after it", () => {
    const reader = new KeyReader();
    press(reader, "g");
    expect(press(reader, "x")).toBeNull();
    expect(press(reader, "j")).toBe<Deed>("next_row");
  });

  test("in a field only Escape and keys with Control do anything", () => {
    const reader = new KeyReader();
    const typed = (key: string, hasMod = false) =>
      reader.read({ key, hasMod, hasAlt: false, at: 0 }, true, true);
    expect(["j", "/", "?", "ArrowDown", "Enter"].map((key) => typed(key))).toEqual([
      null,
      null,
      null,
      null,
      null,
    ]);
    expect(typed("Escape")).toBe<Deed>("back");
    expect(typed("+", true)).toBe<Deed>("larger");
  });

  test("single letters can be switched off; the others stay", () => {
    const read = (key: string, hasMod = false) =>
      new KeyReader().read({ key, hasMod, hasAlt: false, at: 0 }, false, false);
    expect(["j", "g", "/", "?"].map((key) => read(key))).toEqual([null, null, null, null]);
    expect(read("ArrowDown")).toBe<Deed>("next_row");
    expect(read("0", true)).toBe<Deed>("usual_size");
  });

  test("letters with Control or Alt are the system's", () => {
    expect(press(new KeyReader(), "j", { hasMod: true })).toBeNull();
    expect(press(new KeyReader(), "j", { hasAlt: true })).toBeNull();
  });

  test("no key has two meanings", () => {
    const all = bindings.flatMap((binding) => binding.keys);
    expect(new Set(all).size).toBe(all.length);
  });

  test("caps name the key of the system", () => {
    const larger = bindings.find((binding) => binding.deed === "larger")!;
    expect(caps(larger, true)).toEqual([["⌘", "+"]]);
    expect(caps(larger, false)).toEqual([["Ctrl", "+"]]);
  });
});

test("large text folds the window like a small one", () => {
  expect(panesFor(1100, 16)).toEqual({ panes: 3, isRailFolded: false });
  expect(panesFor(899, 16)).toEqual({ panes: 2, isRailFolded: true });
  expect(panesFor(719, 16)).toEqual({ panes: 1, isRailFolded: true });
  expect(panesFor(1100, 32)).toEqual({ panes: 1, isRailFolded: true });
});

describe("events", () => {
  const rows = (...ids: number[]) => ids.map((id) => ({ id }) as EventRow);

  test("newer ones go before", () => {
    expect(joined(rows(5, 4, 3), rows(4, 3, 2))).toEqual(rows(5, 4, 3, 2));
    expect(joined(rows(4, 3), rows(4, 3, 2))).toEqual(rows(4, 3, 2));
    expect(joined(rows(6, 5), rows(4))).toEqual(rows(6, 5, 4));
    expect(joined(rows(2, 1), [])).toEqual(rows(2, 1));
  });

  test("a gap is noticed", () => {
    expect(joined(rows(9, 8, 7), rows(4, 3))).toBeNull();
  });
});

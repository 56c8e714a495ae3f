import { expect, test } from "vitest";

import type { LeftAsideFor, RootStatus } from "../host/bindings";
import { heading, leftAside, more, remediesOf, withLeftAside } from "./leftAside";
import { remediesFor } from "./remedies";

const row = (path: string, remedy: string) => ({
  path,
  reason: "link_outside" as const,
  says: "a link that leads outside the folders you named",
  leads_to: "/mnt/disk",
  remedy,
});
const group: LeftAsideFor = {
  reason: "link_outside",
  says: "a link that leads outside the folders you named",
  count: 1204,
  first: [row("/a", "link it higher up"), row("/b", "name it"), row("/c", "link it higher up")],
};
const root = (left_aside: number): RootStatus => ({
  agent: "claude-code",
  path: "/home/ada/.claude/projects",
  exists: true,
  mode: "native",
  files: 3,
  left_aside,
  left_aside_for: [],
});

test("what is left aside is counted", () => {
  expect(leftAside(1)).toBe("1 file is left aside");
  expect(leftAside(1204)).toBe("1,204 files are left aside");
  expect(heading(group)).toBe("1,204 × a link that leads outside the folders you named");
  expect(more(group)).toBe("… and 1,201 more");
  expect(more({ ...group, count: 3 })).toBeNull();
});

test("only roots in which something is left aside are spoken of", () => {
  expect(withLeftAside([root(0), root(2)]).map((each) => each.left_aside)).toEqual([2]);
});

test("a remedy is said once for all that need it", () => {
  const remedies = remediesOf(group);
  expect(remedies.map(({ remedy, rows }) => [remedy, rows.map((each) => each.path)])).toEqual([
    ["link it higher up", ["/a", "/c"]],
    ["name it", ["/b"]],
  ]);
});

test("a source that is missing can be named anew", () => {
  const problem = { code: "source_missing", message: "/usb does not exist", remedy: "mount it" };
  expect(remediesFor(problem).map((remedy) => remedy.act.does)).toEqual(["add_source", "rescan"]);
});

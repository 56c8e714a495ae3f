import type { Locator } from "@playwright/test";

import { calls, expect, push, test } from "./window";

test("the first run: found, start, catching up", async ({ page, open }) => {
  await open("first_run");
  await expect(page.getByText("Not running; 3870 files and 2.1 GB behind.")).toBeVisible();
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Found 3,870 transcripts (2.1 GB)");
  await expect(page.getByText("Read-only: your files are never changed.")).toBeVisible();
  await expect(page.getByLabel("Start at login")).not.toBeChecked();
  await page.getByLabel("Start at login").check();
  await page.getByRole("button", { name: "Start", exact: true }).click();
  await expect(page.getByRole("progressbar")).toBeVisible();
  await expect(page.getByRole("status")).toHaveText("Catching up");
  expect(await calls(page, "begin")).toEqual([{ autostart: true }]);
});

test("nothing found: where it looked, and a folder of one's own", async ({ page, open }) => {
  await open("empty");
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("No Claude Code sessions found yet");
  await expect(page.getByText("Waiting for an agent's folder to appear.")).toBeVisible();
  await page.getByLabel("Start at login").check();
  expect(await calls(page, "set_autostart")).toEqual([{ on: true }]);
  await expect(page.getByText("/home/ada/.claude/projects")).toBeVisible();
  await expect(page.getByText("not there")).toBeVisible();
  await page.getByRole("button", { name: "Look again" }).click();
  await page.getByRole("button", { name: "Choose folder…" }).click();
  expect(await calls(page, "rescan")).toHaveLength(1);
  await expect.poll(() => calls(page, "add_source")).toHaveLength(1);
});

test("pause and resume, with the keyboard too", async ({ page, open }) => {
  await open("live");
  await page.getByRole("button", { name: "Pause" }).click();
  await expect(page.getByRole("menuitem")).toHaveCount(4);
  await expect(page.getByRole("menuitem").first()).toBeFocused();
  await page.keyboard.press("ArrowUp");
  await expect(page.getByRole("menuitem", { name: "Until I resume" })).toBeFocused();
  await page.keyboard.press("Escape");
  await expect(page.getByRole("menuitem").first()).toBeHidden();
  await expect(page.getByRole("button", { name: "Pause" })).toBeFocused();
  await page.keyboard.press("Enter");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { level: 1 })).toContainText("Paused");
  expect(await calls(page, "pause")).toEqual([{ how_long: "hour" }]);
  await page.getByRole("button", { name: "Resume" }).click();
  await expect(page.getByRole("button", { name: "Pause" })).toBeVisible();
  await expect(page.getByRole("status")).toHaveText("Live");
});

test("stalled: the cause, what it means, and one button that mends it", async ({ page, open }) => {
  await open("stalled");
  await expect(page.getByText("DB Browser (pid 4121) holds the database")).toHaveCount(1);
  await expect(page.getByText("Nothing is lost: your transcripts are safe.")).toBeVisible();
  await page.getByText("Details").click();
  await expect(page.getByText("1.8 MB waiting")).toBeVisible();
  await page.getByRole("button", { name: "Copy report" }).click();
  await expect(page.getByText("The report is copied.")).toBeVisible();
  expect(await calls(page, "copy")).toEqual([{ text: "Scrollback 0.1.0" }]);
  await page.getByRole("button", { name: "Try again now" }).click();
  await expect(page.getByRole("heading", { level: 1 })).toContainText("Up to date");
});

test("problems have buttons that do what they say", async ({ page, open }) => {
  await open("degraded");
  await page.getByRole("button", { name: "Copy the command" }).click();
  await expect
    .poll(() => calls(page, "copy"))
    .toEqual([{ text: "sudo sysctl fs.inotify.max_user_watches=524288" }]);
  await page.getByRole("button", { name: "Switch to polling" }).click();
  await expect.poll(() => calls(page, "change_settings")).toEqual([{ polling: true }]);
  await page.getByRole("button", { name: "Show the data folder" }).click();
  await page.getByRole("button", { name: "Open the folder" }).click();
  const message = "/home/ada/.claude/projects/secret/a.jsonl cannot be read: permission denied";
  await expect
    .poll(() => calls(page, "reveal"))
    .toEqual([{ what: { kind: "data" } }, { what: { kind: "problem", message } }]);
});

test("stopped says so and offers nothing that nobody could do", async ({ page, open }) => {
  await open("stopped");
  await expect(page.getByText("Nothing is syncing")).toBeVisible();
  for (const name of ["Pause", "Resume", "Rescan"])
    await expect(page.getByRole("button", { name, exact: true })).toHaveCount(0);
});

test("another engine and a desktop without a tray are named; the notice can be put away", async ({
  page,
  open,
}) => {
  await open("joined");
  await expect(page.getByText("Another Scrollback (pid 4242) does the syncing")).toBeVisible();
  await page.getByRole("button", { name: "Understood" }).click();
  await expect(page.getByText("Your desktop has no tray")).toHaveCount(0);
  expect(await calls(page, "change_settings")).toEqual([{ tray_notice: false }]);
});

test("an app that does not answer is said to be so, on every screen", async ({ page, open }) => {
  for (const [hash, says] of [
    ["#/status", "Scrollback does not answer"],
    ["#/browse", "The sessions could not be read"],
    ["#/session/x", "The conversation could not be read"],
    ["#/search?q=tail", "The search did not work"],
    ["#/settings", "The settings could not be read"],
  ] as const) {
    await open("broken", hash);
    await expect(page.getByRole("heading", { name: says })).toBeVisible();
    await page.goto("about:blank");
  }
});

test("events: a push adds one, a kind filters, a row opens its session at the end", async ({
  page,
  open,
}) => {
  await open("live");
  const events = page.getByRole("region", { name: "Recent events" });
  await expect(events.getByRole("listitem")).toHaveCount(50);
  await page.evaluate(() => {
    const snapshot = window.demo!.snapshot();
    snapshot.seq += 1;
    const newest = snapshot.status.watcher.recent_events[0]!;
    snapshot.status.watcher.recent_events.unshift({
      ...newest,
      id: newest.id + 1,
      file: "fresh.jsonl",
      kind: "add",
    });
    snapshot.status.watcher.recent_events.pop();
    window.demo!.push({ kind: "status", snapshot });
  });
  await expect(events.getByRole("listitem").first()).toContainText("fresh.jsonl");
  await events.getByLabel("Kind of event").selectOption("unlink");
  await expect(events.getByRole("listitem")).toHaveCount(1);
  await events.getByLabel("Kind of event").selectOption("all");
  await events.getByRole("button", { name: "Show older events" }).click();
  await expect(events.getByRole("listitem")).toHaveCount(71);
  await events.getByRole("link").first().click();
  await expect(page).toHaveURL(/#\/session\/7c1e0a52-3f0e\?at=end$/);
  await expect(page.getByText("Good. Commit it, please.")).toBeInViewport();
});

test("a tile explains itself", async ({ page, open }) => {
  await open("live");
  await page.getByRole("button", { name: "Lag and backlog: how is this computed?" }).click();
  await expect(page.getByText("Bytes on disk compared with bytes saved")).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(page.getByText("Bytes on disk compared with bytes saved")).toBeHidden();
  await page.getByRole("button", { name: "What the signs mean" }).click();
  await expect(page.getByText("This one needs you.")).toBeVisible();
});

test("browse: filter, open, page on scroll", async ({ page, open }) => {
  await open("live", "#/browse");
  const sessions = page.getByRole("region", { name: "All sessions" });
  await expect(sessions.getByRole("link")).toHaveCount(100);
  await sessions.getByRole("link").last().scrollIntoViewIfNeeded();
  await expect(sessions.getByRole("link")).toHaveCount(200);
  await page.getByLabel("Filter sessions").fill("keyset");
  await expect(sessions.getByRole("link").first()).toContainText("Add keyset paging");
  await expect.poll(() => sessions.getByRole("link").count()).toBeLessThan(30);
  await sessions.getByRole("link").first().click();
  await expect(page.getByRole("heading", { name: "Add keyset paging to the session list" })).toBeVisible();
  await page.getByLabel("Filter sessions").fill("no such thing");
  await expect(page.getByRole("heading", { name: "No session fits" })).toBeVisible();
  await page.getByLabel("Filter projects").fill("notes");
  await expect(page.getByRole("region", { name: "Projects" }).getByRole("link")).toHaveCount(1);
});

test("browse: a project narrows the sessions; one gone from disk says it is kept", async ({ page, open }) => {
  await open("live", "#/browse");
  await page.getByRole("link", { name: "scrollback 59" }).click();
  await expect(page).toHaveURL(/project=%2Fhome%2Fada%2Fcode%2Fscrollback$/);
  const sessions = page.getByRole("region", { name: "scrollback" });
  await expect(sessions.getByRole("link")).toHaveCount(59);
  await sessions.getByRole("link", { name: /source gone, kept here/ }).click();
  await expect(page.getByText("this copy is kept here.")).toBeVisible();
});

test("search: as you type, Enter opens at the hit, Escape comes back", async ({ page, open }) => {
  await open("live", "#/search");
  const field = page.getByRole("combobox", { name: "Search every message" });
  await expect(field).toBeFocused();
  await field.pressSequentially("rposition");
  await expect(page.getByText("1 hit in 1 session")).toBeVisible();
  await field.fill("stump");
  await expect(page.locator("mark")).toHaveText("stump");
  await expect(page).toHaveURL(/#\/search\?q=stump$/);
  await field.press("Enter");
  await expect(page).toHaveURL(/#\/session\/7c1e0a52-3f0e\?m=m7&q=stump$/);
  await expect(page.locator("#m-m7")).toBeInViewport();
  await expect(page.locator("#m-m7")).toHaveClass(/target/);
  await page.keyboard.press("Escape");
  await expect(page).toHaveURL(/#\/search\?q=stump$/);
  await expect(page.locator("mark")).toHaveText("stump");
});

test("search: what a filter may be is offered below it, and taken with the keyboard", async ({
  page,
  open,
}) => {
  await open("live", "#/search");
  const field = page.getByRole("combobox", { name: "Search every message" });
  const list = page.getByRole("listbox", { name: "What it may be" });
  const options = list.getByRole("option");
  const chosen = list.getByRole("option", { selected: true });
  await field.pressSequentially("tail");
  await expect(field).toHaveAttribute("aria-expanded", "false");
  await field.pressSequentially(" project:");
  await expect(field).toHaveAttribute("aria-expanded", "true");
  await expect(options).toHaveText([
    /^tail-fixer 60 sessions$/,
    /^api-docs 59 sessions$/,
    /^scrollback 59 sessions$/,
    /^notes 57 sessions$/,
  ]);
  await field.pressSequentially("o");
  await expect(options).toHaveText([/^api-docs/, /^scrollback/, /^notes/]);
  await expect(chosen).toHaveCount(0);
  await field.press("ArrowDown");
  await field.press("ArrowDown");
  await expect(chosen).toHaveText(/^scrollback/);
  await expect(field).toHaveAttribute("aria-activedescendant", (await chosen.getAttribute("id"))!);
  await field.press("ArrowUp");
  await field.press("ArrowUp");
  await expect(chosen).toHaveText(/^notes/);
  await field.press("Enter");
  await expect(field).toHaveValue("tail project:notes ");
  await expect(list).toBeHidden();
  await expect(field).toBeFocused();
  await expect(page).toHaveURL(/#\/search\?q=tail%20project%3Anotes%20$/);

  // Within the query too, with the rest of it left alone.
  await field.fill("is: tail");
  await page.evaluate(() => (document.activeElement as HTMLInputElement).setSelectionRange(2, 2));
  await field.press("ArrowRight");
  await expect(options).toHaveText([/^error/, /^live/, /^subagent/, /^pinned/]);
  await field.press("ArrowDown");
  await field.press("Tab");
  await expect(field).toHaveValue("is:error tail");
  await expect(field).toBeFocused();
  await page.keyboard.type(" -has:");
  await options.filter({ hasText: "diff" }).click();
  await expect(field).toHaveValue("is:error -has:diff tail");
});

test("search: Escape closes what is offered, and only that, until more is typed", async ({ page, open }) => {
  await open("live", "#/search");
  const field = page.getByRole("combobox", { name: "Search every message" });
  const list = page.getByRole("listbox", { name: "What it may be" });
  await field.pressSequentially("stump role:");
  await expect(list).toBeVisible();
  await field.press("Escape");
  await expect(list).toBeHidden();
  await expect(field).toHaveValue("stump role:");
  await field.press("ArrowLeft");
  await field.press("End");
  await expect(list).toBeHidden();
  await field.pressSequentially("s");
  await expect(list.getByRole("option")).toHaveText([/^system/, /^user/, /^assistant/]);
  // With none chosen the keys do what they did: Enter opens the first hit, Tab goes on.
  await field.press("Tab");
  await expect(list).toBeHidden();
  await expect(field).not.toBeFocused();
  await field.fill("stump role:assistant");
  await expect(list).toBeHidden();
  await expect(page.getByRole("button", { name: "Remove role:assistant" })).toBeVisible();
  await field.press("Enter");
  await expect(page).toHaveURL(/#\/session\//);
});

test("search: agents, models and tools are offered of what the rest finds, after the search's own counts", async ({
  page,
  open,
}) => {
  await open("live", "#/search");
  const field = page.getByRole("combobox", { name: "Search every message" });
  const options = page.getByRole("listbox", { name: "What it may be" }).getByRole("option");
  await field.pressSequentially("tool:");
  await expect(options).toHaveText([/^Bash/, /^Read/, /^Edit/]);
  await field.fill("cargo tool:");
  await expect(options).toHaveText([/^Bash/]);
  await field.fill("tail model:o");
  await expect(options).toHaveText([/^claude-opus-4/]);
  await field.fill("-agent:");
  await expect(options).toHaveText([/^claude-code/]);
  await field.fill("branch:");
  await expect(options).toHaveText([/^main/]);
  const asked = (await calls(page, "facets")) as { query: string }[];
  for (const query of ["after:1970", "cargo", "tail"]) expect(asked).toContainEqual({ query });
});

test("what was scrolled on a screen the reader has left changes nothing", async ({ page, open }) => {
  await page.setViewportSize({ width: 1100, height: 420 });
  await open("live", "#/search?q=e");
  const results = page.locator(".results");
  const scroll = (list: Locator) => list.evaluate((element) => void (element.scrollTop = 200));
  const top = () => results.evaluate((list) => list.scrollTop);
  await expect(page.locator("[data-row]").first()).toBeVisible();
  await scroll(results);
  await expect.poll(top).toBe(200);
  const lists: [string, Locator][] = [
    ["#/search?q=e", results],
    ["#/browse", page.locator(".list[data-rows]")],
    ["#/session/7c1e0a52-3f0e", page.getByRole("region", { name: "Messages" })],
  ];
  for (const [hash, list] of lists) {
    await page.evaluate((hash) => (location.hash = hash), hash);
    const left = await list.elementHandle();
    await page.evaluate(() => (location.hash = "#/status"));
    await expect(page.getByRole("heading", { level: 1 })).toContainText("Up to date");
    // A browser still reports to an element what it scrolled before it was taken off.
    await left!.dispatchEvent("scroll");
  }
  await page.evaluate(() => (location.hash = "#/search?q=e"));
  await expect.poll(top).toBe(200);
});

test("search: one Escape comes back to the same place, unless the reader looked for words of their own", async ({
  page,
  open,
}) => {
  await page.setViewportSize({ width: 1100, height: 420 });
  await open("live", "#/search?q=e");
  const results = page.locator(".results");
  const last = results.locator("[data-row]").last();
  await last.scrollIntoViewIfNeeded();
  const top = await results.evaluate((list) => list.scrollTop);
  expect(top).toBeGreaterThan(100);
  const bar = page.getByRole("searchbox", { name: "Find in this conversation" });
  const openHit = async () => {
    await last.click();
    await expect(page.locator("article.target")).toBeInViewport();
    await expect(bar).toHaveValue("e");
  };
  const isBack = async () => {
    await expect(page).toHaveURL(/#\/search\?q=e$/);
    await expect.poll(() => results.evaluate((list) => list.scrollTop)).toBe(top);
  };

  await openHit();
  await page.keyboard.press("Escape");
  await isBack();
  await openHit();
  await page.getByRole("button", { name: "Next place" }).click();
  await bar.click();
  await page.keyboard.press("Escape");
  await isBack();

  for (const ask of [() => page.keyboard.press("Control+f"), () => bar.fill("tail")]) {
    await openHit();
    await ask();
    await page.keyboard.press("Escape");
    await expect(bar).toHaveCount(0);
    await expect(page).toHaveURL(/#\/session\//);
    await page.keyboard.press("Escape");
    await isBack();
  }
});

test("search: a hit in a result opens the call it belongs to", async ({ page, open }) => {
  await open("live", "#/search?q=E0433");
  await page.getByRole("link", { name: /E0433/ }).click();
  await expect(page.locator("#m-m11")).toBeInViewport();
  await expect(page.locator("#m-m11")).toHaveClass(/target/);
});

test("search: parts taken out, narrowed down by a click, and by time", async ({ page, open }) => {
  await open("live", "#/search?q=tail");
  const narrow = page.getByRole("region", { name: "Narrow down" });
  const first = narrow.getByRole("button").first();
  const name = (await first.locator("bdi").textContent()) ?? "";
  await first.click();
  await expect(page).toHaveURL(new RegExp(`tail%20role%3A${name}$`));
  await expect(narrow.getByRole("button", { pressed: true })).toHaveText(new RegExp(name));
  const parts = page.getByRole("list", { name: "Parts of the search" });
  await page.getByLabel("Time").selectOption("7d");
  await expect(parts.getByRole("button")).toHaveText(["tail", `role:${name}`, "after:7d"]);
  await parts.getByRole("button", { name: `Remove role:${name}` }).click();
  await expect(page.getByRole("combobox", { name: "Search every message" })).toHaveValue("tail after:7d");
  await page.getByLabel("Time").selectOption("");
  await expect(page.getByRole("combobox", { name: "Search every message" })).toHaveValue("tail");
});

test("search: what was taken for it is said, and what led somewhere is offered again", async ({
  page,
  open,
}) => {
  await open("live", "#/search?q=stum");
  await expect(page.getByText("No whole word is like that.")).toBeVisible();
  await page.locator("[data-rows] [data-row]").first().click();
  await expect(page).toHaveURL(/#\/session\//);
  await expect(page.locator("article.target")).toBeInViewport();
  await page.keyboard.press("Escape");
  const field = page.getByRole("combobox", { name: "Search every message" });
  await field.fill("");
  await page.getByRole("button", { name: "stum" }).click();
  await expect(field).toHaveValue("stum");
});

test("sql: a query is run, told why it does not, and copied; a search is shown as one", async ({
  page,
  open,
}) => {
  await open("live", "#/sql");
  const field = page.getByRole("textbox", { name: "Query" });
  const answer = page.getByRole("region", { name: "Answer" });
  await expect(answer.getByRole("columnheader", { name: "project_name" })).toBeVisible();
  await page.getByRole("button", { name: "Copy CSV" }).click();
  await expect
    .poll(() => calls(page, "copy").then((all) => JSON.stringify(all)))
    .toContain("project_name,sessions,last");
  await field.fill("SELECT * FROM nonsense");
  await field.press("Control+Enter");
  await expect(answer.getByText("no such table: nonsense")).toBeVisible();
  await page.getByRole("region", { name: "Views" }).getByRole("button", { name: "project_name" }).click();
  await expect(field).toHaveValue(/project_name/);
  await page.goto(page.url().replace(/#.*/, "#/search?q=tail"));
  await page.getByRole("link", { name: "Show as SQL" }).click();
  await expect(page.getByRole("textbox", { name: "Query" })).toHaveValue(/LIKE '%tail%'/);
});

test("search: what shows a conversation is there before one is opened", async ({ page, open }) => {
  const asked = page.waitForRequest(/Conversation[^/]*$/);
  await open("live", "#/search");
  await asked;
});

test("search: notes, no hit, and examples", async ({ page, open }) => {
  await open("live", "#/search");
  await page.getByRole("button", { name: "role:user" }).click();
  await page.getByRole("combobox", { name: "Search every message" }).fill("zzz role:");
  await expect(page.getByText("Write a value after role:")).toBeVisible();
  await expect(page.getByRole("heading", { name: "Nothing found for “zzz role:”" })).toBeVisible();
  await page.getByLabel("Sort").selectOption("recent");
  await expect
    .poll(() => calls(page, "search"))
    .toContainEqual({ query: "zzz role:", limit: 50, sort: "recent" });
});

test("settings apply at once", async ({ page, open }) => {
  await open("live", "#/settings");
  const root = page.locator("html");
  await page.getByRole("radio", { name: "Dark" }).check();
  await expect(root).toHaveAttribute("data-theme", "dark");
  await expect(page.locator("body")).toHaveCSS("color", "rgb(232, 234, 238)");
  await page.getByRole("radio", { name: "Light" }).check();
  await expect(page.locator("body")).toHaveCSS("color", "rgb(26, 30, 37)");
  await page.getByRole("radio", { name: "High contrast" }).check();
  await expect(page.locator("body")).toHaveCSS("color", "rgb(0, 0, 0)");
  await page.getByRole("radio", { name: "Light" }).check();
  await page.getByRole("radio", { name: "Compact" }).check();
  await expect(root).toHaveAttribute("data-density", "compact");
  await page.getByRole("button", { name: "Larger text" }).click();
  await expect(root).toHaveCSS("font-size", "17.6px");
  await page.keyboard.press("Control+0");
  await expect(root).toHaveCSS("font-size", "16px");
  await page.getByRole("switch", { name: "Start at login" }).check();
  await expect(page.getByText("~/.config/autostart/scrollback.desktop")).toBeVisible();
  await page.getByLabel("When stalled longer than").selectOption("15");
  await page.getByRole("button", { name: "Add folder…" }).click();
  await expect(page.getByText("/home/ada/work/.claude")).toBeVisible();
  await page.getByRole("button", { name: "Remove /home/ada/work/.claude" }).click();
  await expect(page.getByText("/home/ada/work/.claude")).toHaveCount(0);
  await page.getByRole("button", { name: "Check", exact: true }).click();
  await expect(page.getByText("485 of 8192 used by this user")).toBeVisible();
  await page.getByRole("button", { name: "Back up now" }).click();
  await expect(page.getByText("Backed up: /home/ada/scrollback-backup.db (412 MB).")).toBeVisible();
  await page.getByRole("button", { name: "Quit (stops syncing)" }).click();
  expect(await calls(page, "quit")).toHaveLength(1);
  expect(await calls(page, "change_settings")).toContainEqual({ stalled_minutes: 15 });
});

test("sources that are set elsewhere say where", async ({ page, open }) => {
  await open("joined", "#/settings");
  await expect(page.getByText("Set by: environment SCROLLBACK_SOURCES.")).toBeVisible();
  await expect(page.getByText("holds when this one takes over")).toBeVisible();
  await expect(page.getByRole("button", { name: /Remove|Add folder/ })).toHaveCount(0);
});

test("the keyboard alone: Status to a message and back", async ({ page, open }) => {
  await open("live");
  await page.keyboard.press("g");
  await page.keyboard.press("b");
  const rows = page.getByRole("region", { name: "All sessions" }).getByRole("link");
  await expect(rows.first()).toBeVisible();
  await page.keyboard.press("/");
  await expect(page.getByLabel("Filter sessions")).toBeFocused();
  await page.keyboard.type("flaky");
  await expect(rows).toHaveCount(16);
  await page.keyboard.press("Escape");
  await page.keyboard.press("Escape");
  await expect(rows).toHaveCount(100);
  await page.keyboard.press("j");
  await page.keyboard.press("l");
  await expect(rows.first()).toBeFocused();
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("k");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { name: "Fix flaky tail test" })).toBeVisible();
  await page.keyboard.press("]");
  await expect(page.getByRole("heading", { name: "Explore logs of the failing runs" })).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(page).toHaveURL(/#\/session\/7c1e0a52-3f0e$/);
  await page.keyboard.press("?");
  await expect(page.getByRole("dialog", { name: "Keys" })).toBeVisible();
  await page.getByLabel("Single letters work as keys").uncheck();
  await page.keyboard.press("Escape");
  await expect(page.getByRole("dialog", { name: "Keys" })).toHaveCount(0);
  await page.keyboard.press("g");
  await page.keyboard.press("s");
  await expect(page).toHaveURL(/#\/session/);
  await page.keyboard.press("Control+,");
  await expect(page.getByRole("heading", { name: "Settings" })).toBeVisible();
});

test("the app sends the window somewhere", async ({ page, open }) => {
  await open("live");
  await push(page, { kind: "go", route: "#/session/7c1e0a52-3f0e?m=m13" });
  await expect(page.locator("#m-m13")).toBeInViewport();
  await push(page, { kind: "go", route: "#/search?q=stump" });
  await expect(page.locator("mark")).toHaveText("stump");
  await push(page, { kind: "go", route: "https://example.com/" });
  await expect(page.getByRole("heading", { level: 1 })).toContainText("Up to date");
  await expect(page).toHaveURL(/127\.0\.0\.1.*#\/status$/);
});

test("one pane with Back in a small window", async ({ page, open }) => {
  await page.setViewportSize({ width: 700, height: 500 });
  await open("live", "#/browse");
  await page.getByLabel("Project", { exact: true }).selectOption({ label: "tail-fixer" });
  await page
    .getByRole("link", { name: /Fix flaky tail test/ })
    .first()
    .click();
  await expect(page.getByLabel("Filter sessions")).toHaveCount(0);
  await page.getByRole("button", { name: "Back" }).click();
  await expect(page.getByLabel("Filter sessions")).toBeVisible();
  await expect(page).toHaveURL(/project=/);
});

test("a window nobody sees does nothing", async ({ page, open }) => {
  await open("live");
  await page.evaluate(() => {
    Object.defineProperty(document, "visibilityState", { value: "hidden", configurable: true });
    document.dispatchEvent(new Event("visibilitychange"));
  });
  await expect.poll(() => calls(page, "status_unsubscribe")).toHaveLength(1);
  const before = (await calls(page, "status_snapshot")).length;
  await page.waitForTimeout(6000);
  expect(await calls(page, "status_snapshot")).toHaveLength(before);
});

test("errors of the window reach the app's log", async ({ page, open }) => {
  await open("live");
  await page.evaluate(() => {
    window.dispatchEvent(new ErrorEvent("error", { message: "made up" }));
  });
  await expect.poll(() => calls(page, "ui_error")).toEqual([{ message: "made up" }]);
});

test("the system's menu comes on chosen text only, where it offers Copy and not Reload", async ({
  page,
  open,
}) => {
  await open("live");
  const isLeftToTheSystem = () =>
    page.evaluate(() => {
      const event = new MouseEvent("contextmenu", { bubbles: true, cancelable: true });
      return document.querySelector("h1")!.dispatchEvent(event);
    });
  expect(await isLeftToTheSystem()).toBe(false);
  await page.evaluate(() => getSelection()!.selectAllChildren(document.querySelector("h1")!));
  expect(await isLeftToTheSystem()).toBe(true);
});

test("a file dropped on the window does not open in it", async ({ page, open }) => {
  await open("live");
  const wasTaken = await page.evaluate(() => {
    const drop = new DragEvent("drop", { bubbles: true, cancelable: true });
    document.body.dispatchEvent(drop);
    return drop.defaultPrevented;
  });
  expect(wasTaken).toBe(true);
});

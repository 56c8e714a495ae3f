// The palette: go to anything, do anything.

import { arrived, calls, expect, test, type Page } from "./window";

const palette = (page: Page) => page.getByRole("dialog", { name: "Go to anything, do anything" });
const field = (page: Page) => palette(page).getByRole("combobox");
const options = (page: Page) => palette(page).getByRole("option");
const chosen = (page: Page) => palette(page).getByRole("option", { selected: true });

async function ask(page: Page, text: string): Promise<void> {
  await page.keyboard.press("Control+k");
  await expect(field(page)).toBeFocused();
  await page.keyboard.type(text);
}

test("it opens from anywhere, and closes with the key, with Escape and with a click beside it", async ({
  page,
  open,
}) => {
  await open("live", "#/search");
  const search = page.getByRole("combobox", { name: "Search every message" });
  await expect(search).toBeFocused();
  await page.keyboard.press("Control+k");
  await expect(field(page)).toBeFocused();
  await page.keyboard.press("Control+k");
  await expect(palette(page)).toHaveCount(0);
  await expect(search).toBeFocused();

  await page.keyboard.press("Control+k");
  await expect(field(page)).toBeFocused();
  await page.keyboard.press("Escape");
  await expect(palette(page)).toHaveCount(0);
  await expect(page).toHaveURL(/#\/search$/);

  await page.getByRole("button", { name: "Go to…" }).click();
  await expect(field(page)).toBeFocused();
  await page.mouse.click(10, 500);
  await expect(palette(page)).toHaveCount(0);
});

test("with nothing typed: the screens, the last sessions, what can be done", async ({ page, open }) => {
  await open("live");
  await ask(page, "");
  const groups = palette(page).getByRole("group");
  for (const [at, name] of ["Go to", "Recent sessions", "Commands"].entries())
    await expect(groups.nth(at)).toHaveAccessibleName(name);
  await expect(groups).toHaveCount(3);
  await expect(groups.nth(1).getByRole("option")).toHaveCount(4);
  await expect(chosen(page)).toHaveText(/^Status/);
  // Round and round.
  await page.keyboard.press("ArrowUp");
  await expect(chosen(page)).toHaveText("Quit (stops syncing)");
  await expect(chosen(page)).toBeInViewport();
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("ArrowDown");
  await expect(chosen(page)).toHaveText(/^Browse/);
  await expect(field(page)).toHaveAttribute(
    "aria-activedescendant",
    (await chosen(page).getAttribute("id")) ?? "none",
  );
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/#\/browse$/);
});

test("a few letters lead to a project, a session, or a search", async ({ page, open }) => {
  await open("live");
  await ask(page, "scrollb");
  await expect(chosen(page)).toHaveText(/^scrollback 59 sessions$/);
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/#\/browse\?project=%2Fhome%2Fada%2Fcode%2Fscrollback$/);

  await ask(page, "flaky tail");
  await expect(options(page)).toHaveCount(7);
  await expect(chosen(page)).toHaveText(/^Fix flaky tail test/);
  await expect(options(page).last()).toHaveText("Search every message for “flaky tail”");
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/#\/session\/7c1e0a52-3f0e$/);
  await arrived(page);

  await ask(page, "no such thing");
  await expect(options(page)).toHaveText(["Search every message for “no such thing”"]);
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/#\/search\?q=no%20such%20thing$/);
});

test("an answer that comes late does not move what was chosen", async ({ page, open }) => {
  await open("live");
  await page.evaluate(() => {
    Object.assign(window, { letGo: window.demo!.hold("sessions") });
  });
  await ask(page, "");
  for (let step = 0; step < 6; step += 1) await page.keyboard.press("ArrowDown");
  const label = await chosen(page).innerText();
  await page.evaluate(() => (window as unknown as { letGo(): void }).letGo());
  await expect(palette(page).getByRole("group", { name: "Recent sessions" })).toBeVisible();
  expect(await chosen(page).innerText()).toBe(label);
});

test("what can be done in a conversation is done where the reader is", async ({ page, open }) => {
  await open("live", "#/session/7c1e0a52-3f0e");
  await ask(page, "find");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("searchbox", { name: "Find in this conversation" })).toBeFocused();
  await page.keyboard.press("Escape");

  await ask(page, "web page");
  await expect(chosen(page)).toHaveText("Export as a web page…");
  await page.keyboard.press("Enter");
  await expect
    .poll(() => calls(page, "export_session"))
    .toEqual([{ session: "7c1e0a52-3f0e", format: "html" }]);

  await ask(page, "pin the");
  await expect(chosen(page)).toHaveText(/^Pin the session, or no longer/);
  await page.keyboard.press("Enter");
  await expect(page.getByRole("button", { name: "Pin this session" })).toHaveAttribute(
    "aria-pressed",
    "true",
  );
  await page.keyboard.press("p");
  await expect(page.getByRole("button", { name: "Pin this session" })).toHaveAttribute(
    "aria-pressed",
    "false",
  );

  // Elsewhere there is no conversation to do it in.
  await page.evaluate(() => (location.hash = "#/status"));
  await expect(page.getByRole("heading", { level: 1 })).toContainText("Up to date");
  await ask(page, "export");
  await expect(options(page)).toHaveText(["Search every message for “export”"]);
});

test("syncing is paused and resumed, and the theme is chosen", async ({ page, open }) => {
  await open("live");
  await ask(page, "pause hour");
  await expect(chosen(page)).toHaveText("Pause for 1 hour");
  await page.keyboard.press("Enter");
  await expect.poll(() => calls(page, "pause")).toEqual([{ how_long: "hour" }]);
  await expect(page.getByRole("button", { name: "Resume" })).toBeVisible();
  await ask(page, "resume");
  await expect(chosen(page)).toHaveText("Resume");
  await page.keyboard.press("Enter");
  await expect.poll(() => calls(page, "resume")).toHaveLength(1);
  await ask(page, "dark");
  await page.keyboard.press("Enter");
  await expect.poll(() => calls(page, "change_settings")).toEqual([{ theme: "dark" }]);
});

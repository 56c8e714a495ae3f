// axe on every screen in every look: nothing may be found.

import AxeBuilder from "@axe-core/playwright";

import { expect, test, type Page } from "./window";

const screens: [name: string, demo: string, hash: string][] = [
  ["live", "live", "#/status"],
  ["idle", "idle", "#/status"],
  ["paused", "paused", "#/status"],
  ["starting", "starting", "#/status"],
  ["stopped", "stopped", "#/status"],
  ["catching up", "catching_up", "#/status"],
  ["stalled", "stalled", "#/status"],
  ["degraded", "degraded", "#/status"],
  ["first run", "first_run", "#/status"],
  ["empty", "empty", "#/status"],
  ["joined, no tray", "joined", "#/status"],
  ["no answer", "broken", "#/status"],
  ["long", "long", "#/status"],
  ["browse", "live", "#/browse"],
  ["conversation", "live", "#/session/7c1e0a52-3f0e?m=m12"],
  ["long conversation", "long", "#/session/big-1"],
  ["conversation, marked", "live", "#/session/7c1e0a52-3f0e?m=m11&q=E0433"],
  ["conversation, tools", "eras", "#/session/0a1b2c3d-0003"],
  ["conversation that means harm", "hostile", "#/session/evil-1"],
  ["search", "live", "#/search"],
  ["hits", "live", "#/search?q=tail"],
  ["no hit", "live", "#/search?q=zzzz"],
  ["narrowed", "live", "#/search?q=tail%20role%3Aassistant"],
  ["sql", "live", "#/sql"],
  ["settings", "live", "#/settings"],
  ["settings set elsewhere", "joined", "#/settings"],
];

const looks: [name: string, prepare: (page: Page) => Promise<void>][] = [
  ["light", (page) => page.emulateMedia({ colorScheme: "light" })],
  ["dark", (page) => page.emulateMedia({ colorScheme: "dark" })],
  ["forced colours", (page) => page.emulateMedia({ forcedColors: "active" })],
  ["more contrast", (page) => page.emulateMedia({ contrast: "more" })],
  ["high contrast, chosen", (page) => choose(page, "contrast")],
  [
    "200 % text",
    async (page) => {
      // The way a person does it, so that it is the setting that is tried.
      for (let step = 0; step < 10; step += 1) await page.keyboard.press("Control+=");
      await expect(page.locator("html")).toHaveCSS("font-size", "32px");
    },
  ],
];

/** What choosing the theme sets. */
function choose(page: Page, contrast: string): Promise<void> {
  return page.evaluate((contrast) => void (document.documentElement.dataset.contrast = contrast), contrast);
}

async function findings(page: Page): Promise<string[]> {
  const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
  const { violations } = await new AxeBuilder({ page }).withTags(tags).analyze();
  return violations.flatMap((violation) =>
    violation.nodes.map((node) => `${violation.id}: ${node.target.join(" ")}: ${node.failureSummary}`),
  );
}

for (const [screen, demo, hash] of screens) {
  test(`${screen}: nothing found in any look`, async ({ page, open }) => {
    test.slow();
    await open(demo, hash);
    await page.waitForTimeout(300);
    for (const [look, prepare] of looks) {
      await prepare(page);
      await page.waitForTimeout(250);
      expect(await findings(page), look).toEqual([]);
      await page.emulateMedia({ forcedColors: "none", contrast: "no-preference", colorScheme: "light" });
      await choose(page, "usual");
    }
  });
}

test("what opens on top: menu, explanation, legend, keys", async ({ page, open }) => {
  test.slow();
  await open("live");
  for (const name of ["Pause", "Files watched: how is this computed?", "What the signs mean"]) {
    await page.getByRole("button", { name }).click();
    expect(await findings(page), name).toEqual([]);
    await page.keyboard.press("Escape");
  }
  await page.keyboard.press("?");
  await expect(page.getByRole("dialog", { name: "Keys" })).toBeVisible();
  expect(await findings(page), "keys").toEqual([]);
});

test("the palette: nothing found, light, dark and with forced colours", async ({ page, open }) => {
  test.slow();
  await open("live");
  await page.keyboard.press("Control+k");
  await page.getByRole("dialog").getByRole("combobox").fill("tail");
  for (const [look, prepare] of looks.slice(0, 3)) {
    await prepare(page);
    await page.waitForTimeout(250);
    expect(await findings(page), look).toEqual([]);
  }
});

test("changes side by side: nothing found, light, dark and with forced colours", async ({ page, open }) => {
  test.slow();
  await open("live", "#/session/7c1e0a52-3f0e?m=m9");
  await page.getByRole("button", { name: "Side by side" }).click();
  for (const [look, prepare] of looks.slice(0, 3)) {
    await prepare(page);
    await page.waitForTimeout(250);
    expect(await findings(page), look).toEqual([]);
  }
});

test("an enlarged picture: nothing found, light, dark and with forced colours", async ({ page, open }) => {
  test.slow();
  await open("pictures", "#/session/pictures-1?m=p200");
  await page.getByRole("button", { name: "Enlarge times.png" }).click();
  await expect(page.getByRole("status").getByText("3 of 3")).toBeVisible();
  for (const [look, prepare] of looks.slice(0, 3)) {
    await prepare(page);
    await page.waitForTimeout(250);
    expect(await findings(page), look).toEqual([]);
  }
});

test("what a filter may be: nothing found, light, dark and with forced colours", async ({ page, open }) => {
  test.slow();
  await open("live", "#/search?q=tail");
  await page.getByRole("combobox", { name: "Search every message" }).fill("tail project:");
  await expect(page.getByRole("listbox").getByRole("option")).toHaveCount(4);
  await page.keyboard.press("ArrowDown");
  for (const [look, prepare] of looks.slice(0, 3)) {
    await prepare(page);
    await page.waitForTimeout(250);
    expect(await findings(page), look).toEqual([]);
  }
});

test("nothing to be hit is smaller than 24 px, in either density", async ({ page, open }) => {
  for (const hash of ["#/status", "#/browse", "#/session/7c1e0a52-3f0e", "#/search?q=tail", "#/settings"]) {
    await open("live", hash);
    await page.waitForTimeout(300);
    for (const density of ["comfortable", "compact"]) {
      const small = await page.evaluate((density) => {
        document.documentElement.dataset.density = density;
        return (
          [...document.querySelectorAll("a, button, select, summary, label:has(input), input[type=search]")]
            .map((target) => ({ target, box: target.getBoundingClientRect() }))
            .filter(({ box }) => box.width > 0 && (box.width < 24 || box.height < 24))
            // A link in a sentence is as high as the sentence.
            .filter(({ target }) => !target.closest(".prose"))
            .map(({ target, box }) => `${target.outerHTML.slice(0, 120)} ${box.width} x ${box.height}`)
        );
      }, density);
      expect(small, `${hash}, ${density}`).toEqual([]);
    }
    await page.goto("about:blank");
  }
});

// A transcript that means harm is text, and nothing but text. The fixture `test` fails on any request outside,
// any dialog, any breach of the policy and any error.

import { calls, expect, test } from "./window";

for (const hash of [
  "#/status",
  "#/browse",
  "#/session/evil-1",
  "#/session/evil-1?at=end",
  "#/search?q=needle",
  "#/settings",
  "#/search?q=%3Cscript%3Ealert(1)%3C%2Fscript%3E",
  "#/session/%3Cscript%3Ealert(1)%3C%2Fscript%3E",
  "#/browse?project=%3Cimg%20src%3Dx%20onerror%3Dalert(1)%3E",
]) {
  test(`${hash} runs nothing and asks nobody`, async ({ page, open }) => {
    await open("hostile", hash);
    await page.waitForTimeout(500);
    for (const summary of await page.locator("details:not([open]) > summary").all()) {
      await summary.evaluate((element: HTMLElement) => element.click());
    }
    await page.waitForTimeout(200);
    expect(await page.evaluate(() => "pwned" in window)).toBe(false);
    // Nothing but the window's own markup: no picture, frame, style or script came out of the text.
    const own = await page.evaluate(() => ({
      strange: document.querySelectorAll(
        "main :is(img, iframe, script, link, object, embed, b, i, u, style, form[action], base, meta)",
      ).length,
      styled: document.querySelectorAll(".html [style]").length,
      scripts: document.scripts.length,
      // A link of the text may be followed, by a click and outside; it is never one that runs.
      foreignLinks: [...document.links].filter(
        (link) =>
          !/^(#\/|https?:|mailto:)/.test(
            link.href.replace(location.origin + location.pathname + location.search, ""),
          ),
      ).length,
    }));
    expect(own).toEqual({ strange: 0, styled: 0, scripts: 1, foreignLinks: 0 });
  });
}

test("the words are all there, as they were written", async ({ page, open }) => {
  await open("hostile", "#/session/evil-1");
  await expect(page.getByText("<script>window.pwned=1;alert(1)</script>").first()).toBeVisible();
  await expect(page.getByText("⟨202E⟩").first()).toBeVisible();
  await page.goto("/?demo=hostile#/session/evil-1?m=h14");
  await expect(
    page.getByText("Remote image, not loaded: pixel https://tracker.example/p.gif").first(),
  ).toBeVisible();
  await expect(page.getByRole("heading", { level: 1 })).toHaveCount(1);
});

test("a very long line is cut until it is asked for", async ({ page, open }) => {
  await open("hostile", "#/session/evil-1?m=h5");
  const line = page.locator("#m-h5");
  await expect(line.getByText("more bytes")).toBeVisible();
  expect((await line.textContent())!.length).toBeLessThan(60_000);
  await expect(line.getByRole("button", { name: "Show all 60 kB" })).toBeVisible();
});

test("a link of a transcript is given to the app, and the window stays where it is", async ({
  page,
  open,
}) => {
  await open("live", "#/session/7c1e0a52-3f0e?m=m7");
  await page.getByRole("link", { name: "How tails are written" }).click();
  await expect.poll(() => calls(page, "open_link")).toEqual([{ url: "https://example.com/tails" }]);
  await expect(page).toHaveURL(/#\/session\/7c1e0a52-3f0e\?m=m7$/);
});

test("text that runs the other way does not turn its neighbours around", async ({ page, open }) => {
  await open("hostile", "#/session/evil-1");
  const order = await page
    .locator("header .facts > *")
    .evaluateAll((facts) =>
      facts.map((fact) => [fact.getBoundingClientRect().top, fact.getBoundingClientRect().left] as const),
    );
  const sorted = [...order].sort((a, b) => a[0] - b[0] || a[1] - b[1]);
  expect(order).toEqual(sorted);
});

for (const hash of [
  "#/status",
  "#/browse",
  "#/session/big-1",
  "#/session/rtl-1",
  "#/search?q=panicked",
  "#/settings",
]) {
  for (const [width, percent] of [
    [1100, 100],
    [720, 100],
    [720, 200],
  ] as const) {
    test(`long words and huge numbers fit: ${hash} at ${width} px, ${percent} %`, async ({ page, open }) => {
      await page.setViewportSize({ width, height: 520 });
      await open("long", hash);
      await page.evaluate((percent) => {
        document.documentElement.style.fontSize = `${percent}%`;
        window.dispatchEvent(new Event("resize"));
      }, percent);
      await page.waitForTimeout(300);
      const wide = await page.evaluate(() =>
        [document.documentElement, ...document.querySelectorAll("main, main *")]
          .filter((element) => {
            const overflow = getComputedStyle(element).overflowX;
            return (
              (overflow === "auto" || element === document.documentElement) &&
              element.scrollWidth > element.clientWidth + 1
            );
          })
          .map((element) => `${element.tagName}.${element.className}`),
      );
      expect(wide).toEqual([]);
    });
  }
}

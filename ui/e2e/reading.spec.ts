// Reading a conversation: laid out at once, called up as it is wanted, found in, followed.

import { calls, expect, push, test, type Page } from "./window";

const TALK = "#/session/7c1e0a52-3f0e";
const LONG = "#/session/e9b4417d-90aa";

const message = (page: Page, id: string) => page.locator(`[id="m-${id}"]`);
const messages = (page: Page) => page.getByRole("region", { name: "Messages" });
const painted = (page: Page, name: string) =>
  page.evaluate((name) => CSS.highlights.get(name)?.size ?? 0, name);

test("a long conversation is as long as it is from the start, and is read anywhere", async ({
  page,
  open,
}) => {
  await open("live", `${LONG}?m=l300`);
  await expect(message(page, "l300")).toBeInViewport();
  await expect(message(page, "l300")).toContainText("Message 300 of");
  await expect(message(page, "l0")).toHaveCount(0);
  await messages(page).focus();
  await page.keyboard.press("G");
  await expect(message(page, "l519")).toBeInViewport();
  await page.keyboard.press("g");
  await page.keyboard.press("g");
  await expect(message(page, "l0")).toBeInViewport();
  const asked = (await calls(page, "cards")) as { ids: string[] }[];
  // What was looked at first came with the layout.
  expect(asked.flatMap((each) => each.ids)).not.toContain("l300");
  expect(asked.flatMap((each) => each.ids).length).toBeLessThan(300);
});

test("scrolling shows no empty place for long", async ({ page, open }) => {
  await open("live", LONG);
  await expect(message(page, "l0")).toBeInViewport();
  for (let step = 0; step < 12; step += 1) {
    await messages(page).evaluate((scroller) => scroller.scrollBy(0, 900));
    await page.waitForTimeout(80);
    const waiting = await page.locator(".waiting").evaluateAll(
      (all) =>
        all.filter((each) => {
          const box = each.getBoundingClientRect();
          return box.bottom > 0 && box.top < innerHeight;
        }).length,
    );
    expect(waiting).toBe(0);
  }
});

test("a call and what came back are one card; looks are folded; failures say so", async ({ page, open }) => {
  await open("live", `${TALK}?m=m3`);
  const run = message(page, "m3");
  await expect(run.getByText("Run the tail tests fifty times")).toBeVisible();
  await expect(run.getByText("188 more lines")).toBeVisible();
  const looks = page.getByRole("button", { name: "Read 2 files, searched 2 times" });
  await expect(message(page, "m5")).toHaveCount(0);
  await looks.press("Enter");
  await messages(page).focus();
  await message(page, "m5").locator("summary").focus();
  await page.keyboard.press("Enter");
  await expect(message(page, "m5").locator(".k").first()).toHaveText("pub fn ");
  // Last: it grows, and what is below it is far away then.
  await run.getByRole("button", { name: "Show all 208 lines" }).press("Enter");
  await expect
    .poll(() => calls(page, "whole_block"))
    .toEqual([{ session: "7c1e0a52-3f0e", message: "m3", number: 0 }]);
  await page.goto(`/?demo=live${TALK}?m=m11`);
  await expect(message(page, "m11").getByText("✗ failed")).toBeVisible();
  await expect(message(page, "m11").getByText("exit 101")).toBeVisible();
});

test("changes stand side by side where that is chosen, all of them, and where there is room", async ({
  page,
  open,
}) => {
  await open("live", `${TALK}?m=m9`);
  const edit = message(page, "m9");
  const lines = (side: string) => edit.locator(`.${side} > span`);
  const choose = (name: string) => edit.getByRole("button", { name, exact: true }).click();
  await expect(edit.locator("pre.diff > span")).toHaveCount(7);
  await expect(edit.locator(".sides")).toHaveCount(0);
  await choose("Side by side");
  await expect(edit.getByRole("group", { name: "Before" })).toContainText("buf[..n])");
  await expect(edit.getByRole("group", { name: "After" })).toContainText("buf[..end])");
  await expect(lines("before")).toHaveCount(6);
  await expect(lines("after")).toHaveCount(6);

  // Long lines are broken, and what belongs together stands at one height, side by side.
  const [before = [], after = []] = await edit
    .locator(".before, .after")
    .evaluateAll((sides) =>
      sides.map((side) => [...side.children].map((line) => line.getBoundingClientRect().toJSON() as DOMRect)),
    );
  expect(before).toHaveLength(6);
  for (const [at, box] of before.entries()) {
    expect(after[at]).toMatchObject({ top: box.top, height: box.height, left: box.right });
  }
  const tooWide = await edit
    .locator(".sides, .sides span")
    .evaluateAll(
      (all) => all.filter((each) => each.scrollWidth > each.clientWidth + 1 && each.clientWidth).length,
    );
  expect(tooWide).toBe(0);

  // What is new altogether has nothing to stand beside.
  const written = page.locator("article", { hasText: "A line that is still being written is no line." });
  await written.last().scrollIntoViewIfNeeded();
  await expect(written.locator("pre.diff")).toHaveCount(1);
  await expect(written.getByRole("button", { name: /Side by side|Unified/ })).toHaveCount(0);

  await page.goto("/?demo=live#/status");
  await expect(page.getByRole("heading", { level: 1 })).toContainText("Up to date");
  await page.goto(`/?demo=live${TALK}?m=m9`);
  await expect(edit.locator(".sides")).toHaveCount(1);

  await page.setViewportSize({ width: 880, height: 720 });
  await expect(edit.locator(".sides")).toHaveCount(0);
  await expect(edit.getByRole("button", { name: "Unified" })).toHaveCount(0);
  await page.setViewportSize({ width: 1100, height: 720 });
  await choose("Unified");
  await expect(edit.locator("pre.diff > span")).toHaveCount(7);
});

test("a word in a change is one place, side by side too", async ({ page, open }) => {
  await open("live", `${TALK}?m=m9&q=buf`);
  await expect(message(page, "m9")).toBeInViewport();
  const places = () => painted(page, "found");
  await expect.poll(places).toBeGreaterThan(0);
  const unified = await places();
  await message(page, "m9").getByRole("button", { name: "Side by side" }).click();
  await expect(message(page, "m9").locator(".sides")).toHaveCount(1);
  await page.waitForTimeout(200);
  expect(await places()).toBe(unified);
});

test("a picture is shown, and larger when it is clicked", async ({ page, open }) => {
  await open("live", `${TALK}?m=m8`);
  await message(page, "m8").getByRole("button", { name: "Enlarge Image" }).click();
  const large = page.getByRole("dialog", { name: "Image" });
  await expect(large.getByRole("img")).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(large).toHaveCount(0);
  await expect(page).toHaveURL(/m=m8$/);
});

test("arrows lead from an enlarged picture to the others of the conversation, Escape back to where it was", async ({
  page,
  open,
}) => {
  await open("pictures", "#/session/pictures-1?m=p200");
  const small = page.getByRole("button", { name: "Enlarge tall.png" });
  await small.click();
  const large = page.getByRole("dialog");
  const status = large.getByRole("status");
  const isShown = async (name: string, width: number) => {
    await expect(large.getByRole("img", { name })).toHaveJSProperty("naturalWidth", width);
    await expect(status).toContainText(name);
  };
  await expect(status).toContainText("2 of 3");
  await isShown("tall.png", 300);
  const next = large.getByRole("button", { name: "Next picture" });
  const previous = large.getByRole("button", { name: "Previous picture" });
  await page.keyboard.press("ArrowRight");
  await isShown("times.png", 900);
  await expect(next).toHaveAttribute("aria-disabled", "true");
  await page.keyboard.press("ArrowRight");
  await expect(status).toContainText("3 of 3");
  // Far above, in a message that was never on screen.
  await page.keyboard.press("ArrowLeft");
  await previous.click();
  await isShown("red.png", 480);
  await expect(status).toContainText("1 of 3");
  await expect(previous).toHaveAttribute("aria-disabled", "true");
  await page.keyboard.press("ArrowRight");
  await isShown("tall.png", 300);
  await page.keyboard.press("Escape");
  await expect(large).toHaveCount(0);
  await expect(small).toBeFocused();
  await expect(small).toBeInViewport();
  await expect(page).toHaveURL(/m=p200$/);
});

test("an enlarged picture and its buttons stay within the window, whatever its shape", async ({
  page,
  open,
}) => {
  await page.setViewportSize({ width: 720, height: 480 });
  await open("pictures", "#/session/pictures-1?m=p100");
  await page.getByRole("button", { name: "Enlarge red.png" }).click();
  const next = page.getByRole("button", { name: "Next picture" });
  const place = await next.boundingBox();
  for (const name of ["tall.png", "times.png"]) {
    await next.click();
    const image = page.getByRole("dialog").getByRole("img", { name });
    await expect(image).toBeInViewport({ ratio: 1 });
    expect(await next.boundingBox()).toEqual(place);
  }
});

test("a picture that is the only one has no way to others", async ({ page, open }) => {
  await open("live", `${TALK}?m=m8`);
  await message(page, "m8").getByRole("button", { name: "Enlarge Image" }).click();
  await expect(page.getByRole("dialog").getByRole("button")).toHaveText(["Close"]);
});

test("subagents lead to their sessions", async ({ page, open }) => {
  await open("live", `${TALK}?m=m7a`);
  await page.getByRole("button", { name: "1 subagent" }).click();
  await expect(page.getByRole("dialog", { name: "1 subagent" }).getByRole("link")).toHaveCount(1);
  await page.keyboard.press("Escape");
  await expect(message(page, "m7a").getByRole("link", { name: /Subagent: / })).toBeVisible();
});

test("what is shown is chosen, and stays chosen", async ({ page, open }) => {
  await open("live", TALK);
  await expect(message(page, "m3")).toHaveCount(1);
  await page.getByRole("button", { name: "What is shown" }).click();
  await page.getByRole("button", { name: "Only the talk" }).click();
  await page.keyboard.press("Escape");
  await expect(message(page, "m3")).toHaveCount(0);
  await expect(message(page, "m7")).toHaveCount(1);
  await page.reload();
  await expect(message(page, "m7")).toHaveCount(1);
  await expect(message(page, "m3")).toHaveCount(0);
  await page.keyboard.press("t");
  await expect(message(page, "m3")).toHaveCount(1);
});

test("words are found, also in what is folded and left out, one place after the other", async ({
  page,
  open,
}) => {
  await open("live", TALK);
  await messages(page).focus();
  await page.keyboard.press("/");
  const field = page.getByRole("searchbox", { name: "Find in this conversation" });
  await expect(field).toBeFocused();
  await field.fill("SeekFrom");
  const status = page.getByRole("search").getByRole("status");
  await expect(status).toHaveText("1 of 1");
  await expect(message(page, "m5").getByText("file.seek")).toBeInViewport();
  await expect.poll(() => painted(page, "found-here")).toBe(1);
  await field.fill("newline");
  await expect(status).toHaveText(/^1 of \d$/);
  await field.press("Enter");
  await expect(status).toHaveText(/^[12] of \d$/);
  await expect.poll(() => painted(page, "found")).toBeGreaterThan(0);
  await field.press("Escape");
  await expect(field).toHaveCount(0);
  expect(await painted(page, "found")).toBe(0);
  await expect(page).toHaveURL(/7c1e0a52-3f0e$/);
});

test("what is found is marked across the colours of code", async ({ page, open }) => {
  await open("live", `${TALK}?m=m5&q=file.seek(SeekFrom`);
  await expect.poll(() => painted(page, "found-here")).toBe(1);
  const marked = await page.evaluate(() => [...CSS.highlights.get("found-here")!].map(String));
  expect(marked).toEqual(["file.seek(SeekFrom"]);
});

test("where the browser cannot paint, what is found is marked in the page", async ({ page, open }) => {
  await page.addInitScript(() => Reflect.deleteProperty(window, "Highlight"));
  await open("live", `${TALK}?m=m5&q=file.seek(SeekFrom`);
  const marks = message(page, "m5").locator("mark[data-found=here]");
  await expect(marks.first()).toBeVisible();
  expect((await marks.allTextContents()).join("")).toBe("file.seek(SeekFrom");
  await page.keyboard.press("Escape");
  await expect(page).not.toHaveURL(/session/);
});

test("find asked for before the conversation is there has the keyboard once it is", async ({
  page,
  open,
}) => {
  await open("live");
  const letGo = await page.evaluateHandle(() => window.demo!.hold("open_session"));
  await page.evaluate((hash) => (location.hash = hash), TALK);
  await expect.poll(() => calls(page, "open_session")).toHaveLength(1);
  await messages(page).focus();
  await page.keyboard.press("/");
  await letGo.evaluate((letGo) => letGo());
  await expect(page.getByRole("searchbox", { name: "Find in this conversation" })).toBeFocused();
});

test("who types on while a place is shown loses no letter", async ({ page, open }) => {
  await open("live", TALK);
  await expect(message(page, "m1")).toHaveCount(1);
  await messages(page).focus();
  await page.keyboard.press("/");
  const field = page.getByRole("searchbox", { name: "Find in this conversation" });
  await expect(field).toBeFocused();
  const strays = await page.evaluateHandle(() => {
    const strays: string[] = [];
    document.addEventListener("focusin", (event) => strays.push((event.target as HTMLElement).tagName));
    return strays;
  });
  await field.pressSequentially("Seek");
  await expect(page.getByRole("search").getByRole("status")).toHaveText("1 of 1");
  await expect.poll(() => painted(page, "found-here")).toBe(1);
  await page.keyboard.type("From");
  await expect(field).toHaveValue("SeekFrom");
  expect(await strays.jsonValue()).toEqual([]);
});

test("an address says which words to mark", async ({ page, open }) => {
  await open("live", `${TALK}?m=m11&q=E0433`);
  await expect(message(page, "m11")).toBeInViewport();
  await expect(message(page, "m11")).toHaveClass(/target/);
  await expect.poll(() => painted(page, "found-here")).toBe(1);
  await page.keyboard.press("Escape");
  await expect(page).not.toHaveURL(/session/);
});

test("keys go from prompt to prompt and from error to error, and copy", async ({ page, open }) => {
  await open("live", TALK);
  await expect(message(page, "m1")).toHaveCount(1);
  await messages(page).focus();
  // A command with a slash is typed, too.
  await page.keyboard.press("u");
  await expect(message(page, "m0")).toBeFocused();
  await page.keyboard.press("u");
  await expect(message(page, "m1")).toBeFocused();
  await page.keyboard.press("u");
  await expect(message(page, "m7c")).toBeFocused();
  await page.keyboard.press("U");
  await expect(message(page, "m1")).toBeFocused();
  await page.keyboard.press("e");
  await expect(message(page, "m11")).toBeFocused();
  await page.keyboard.press("y");
  await expect
    .poll(() => calls(page, "copy_message"))
    .toEqual([{ session: "7c1e0a52-3f0e", message: "m11", form: "link" }]);
  await page.keyboard.press("x");
  await expect(message(page, "m11").getByText("Compiling")).toHaveCount(0);
  await page.keyboard.press("Y");
  await expect(page.getByText("Copied: cd /home/ada/code/tail-fixer && claude --resume")).toBeVisible();
});

test("the outline leads to prompts and errors; a session is pinned and exported", async ({ page, open }) => {
  await page.setViewportSize({ width: 1280, height: 720 });
  await open("live", TALK);
  await page.getByRole("button", { name: "Prompts and errors" }).click();
  await page.getByRole("button", { name: "✗ Bash failed" }).click();
  await expect(message(page, "m11")).toBeInViewport();
  await page.getByRole("button", { name: "Pin this session" }).click();
  await expect(page.getByRole("heading", { name: "Pinned" })).toBeVisible();
  await page.getByRole("button", { name: "More", exact: true }).click();
  await page.getByRole("menuitem", { name: "Export as a web page…" }).click();
  await expect(
    page.getByText("Written to /home/ada/conversation.html. Masked 1 likely secret"),
  ).toBeVisible();
});

test("a session that is written to grows at its end, and says what is new", async ({ page, open }) => {
  await open("live", LONG);
  await expect(message(page, "l0")).toBeInViewport();
  const write = async (number: number) => {
    await page.evaluate((number) => window.demo!.append("e9b4417d-90aa", `fresh-${number}`), number);
    const snapshot = await page.evaluate(() => window.demo!.snapshot());
    const newest = snapshot.status.watcher.recent_events[0]!;
    snapshot.status.watcher.recent_events.unshift({
      ...newest,
      id: newest.id + number,
      session_id: "e9b4417d-90aa",
      messages: 1,
    });
    await push(page, { kind: "status", snapshot: { ...snapshot, seq: snapshot.seq + number } });
  };
  await write(1);
  const more = page.getByRole("button", { name: "1 new message" });
  await expect(more).toBeVisible();
  await more.click();
  await expect(message(page, "fresh-1")).toBeInViewport();
  await expect(page.getByText("New", { exact: true })).toBeVisible();
  await expect(page.getByRole("button", { name: "Following" })).toBeVisible();
  await write(2);
  await expect(message(page, "fresh-2")).toBeInViewport();
});

test("branches that were left, gaps and summaries are marked", async ({ page, open }) => {
  await open("eras", "#/session/0a1b2c3d-0002");
  await expect(page.getByText("This branch was left").first()).toBeVisible();
  await page.goto("/?demo=eras#/session/0a1b2c3d-0003");
  await page.reload();
  await expect(page.getByText("Earlier messages are missing here")).toBeVisible();
  await expect(page.getByText("Summary of what came before").first()).toBeVisible();
});

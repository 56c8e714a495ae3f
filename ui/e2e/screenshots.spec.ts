// The pictures of the README and of docs/desktop.md: `make screenshots`.

import { join } from "node:path";

import { test } from "./window";

const folder = join(import.meta.dirname, "../../docs/screenshots");

const screens: [name: string, demo: string, hash: string, key?: string][] = [
  ["status", "live", "#/status"],
  ["catching-up", "catching_up", "#/status"],
  ["stalled", "stalled", "#/status"],
  ["degraded", "degraded", "#/status"],
  ["first-run", "first_run", "#/status"],
  ["empty", "empty", "#/status"],
  ["paused", "paused", "#/status"],
  ["stopped", "stopped", "#/status"],
  ["joined", "joined", "#/status"],
  ["no-answer", "broken", "#/status"],
  ["browse", "live", "#/session/7c1e0a52-3f0e"],
  ["conversation", "live", "#/session/7c1e0a52-3f0e?m=m9"],
  ["found", "live", "#/session/7c1e0a52-3f0e?m=m11&q=batch"],
  ["search", "live", "#/search?q=tail"],
  ["sql", "live", "#/sql"],
  ["settings", "live", "#/settings"],
  ["keys", "live", "#/status", "?"],
  ["palette", "live", "#/session/7c1e0a52-3f0e", "Control+k"],
];

test.skip(process.env.SCROLLBACK_SCREENSHOTS !== "1", "pictures are made when SCROLLBACK_SCREENSHOTS=1");

for (const [name, demo, hash, key] of screens) {
  for (const scheme of ["light", "dark"] as const) {
    test(`${name}, ${scheme}`, async ({ page, open }) => {
      await page.emulateMedia({ colorScheme: scheme });
      // The moment of the recording, so that a picture changes only when the window does.
      await page.clock.setFixedTime("2026-11-22T14:02:30Z");
      await open(demo, hash);
      if (key) await page.keyboard.press(key);
      await page.waitForTimeout(400);
      await page.screenshot({ path: join(folder, `${name}-${scheme}.png`) });
    });
  }
}

// The window under test: every test fails on an error in the console, a breach of the policy, or a request outside.

import { test as base, expect, type Page } from "@playwright/test";

import type { Push } from "../src/lib/host/bindings";
import type {} from "../src/lib/host/demo";

export { expect };
export type { Page };

export const test = base.extend<{ open: (demo: string, hash?: string) => Promise<void> }>({
  page: async ({ page, baseURL }, use) => {
    const wrong: string[] = [];
    page.on("console", (message) => {
      if (message.type() === "error" || message.type() === "warning")
        wrong.push(`console: ${message.text()}`);
    });
    page.on("pageerror", (error) => wrong.push(`error: ${error.message}`));
    page.on("dialog", (dialog) => {
      wrong.push(`dialog: ${dialog.message()}`);
      void dialog.dismiss();
    });
    page.on("request", (request) => {
      const url = request.url();
      if (!url.startsWith(`${baseURL}/`) && !url.startsWith("data:")) wrong.push(`request: ${url}`);
    });
    page.on("response", (response) => {
      if (!response.ok()) wrong.push(`${response.status()}: ${response.url()}`);
    });
    page.on("popup", () => wrong.push("a window was opened"));
    await page.addInitScript(() => {
      document.addEventListener("securitypolicyviolation", (event) =>
        console.error(`policy: ${event.violatedDirective} ${event.blockedURI}`),
      );
    });
    await use(page);
    expect(wrong).toEqual([]);
  },
  open: async ({ page }, use) => {
    await use(async (demo, hash = "#/status") => {
      await page.goto(`/?demo=${demo}${hash}`);
      await page.waitForFunction(() => window.demo?.calls.some(([name]) => name === "ui_ready"));
      if (hash.startsWith("#/session/")) await arrived(page);
    });
  },
});

/** A conversation is there, and moves no more. */
export function arrived(page: Page): Promise<void> {
  return expect(page.getByRole("region", { name: "Messages" })).toHaveAttribute("aria-busy", "false");
}

/** The commands the window gave, without asking for the status. */
export function calls(page: Page, name: string): Promise<unknown[]> {
  return page.evaluate(
    (name) => window.demo!.calls.filter((call) => call[0] === name).map((call) => call[1]),
    name,
  );
}

export function push(page: Page, push: Push): Promise<void> {
  return page.evaluate((push) => window.demo!.push(push), push);
}

import { existsSync } from "node:fs";

import { defineConfig } from "@playwright/test";

const browser = ["/usr/bin/chromium", "/usr/bin/google-chrome"].find((file) => existsSync(file));
const address = `http://127.0.0.1:${process.env.PORT ?? 4173}`;
const isRoot = process.getuid?.() === 0;

export default defineConfig({
  testDir: "e2e",
  // Long pages under axe are slow on a busy machine.
  timeout: 60_000,
  fullyParallel: true,
  workers: 2,
  forbidOnly: Boolean(process.env.CI),
  reporter: [["list"]],
  use: {
    baseURL: address,
    viewport: { width: 1100, height: 720 },
    locale: "en-GB",
    timezoneId: "Europe/Berlin",
    launchOptions: {
      executablePath: process.env.CHROMIUM ?? browser,
      args: isRoot ? ["--no-sandbox"] : [],
    },
  },
  webServer: { command: "node e2e/server.mjs", url: address, reuseExistingServer: false },
});

import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig } from "vitest/config";

export default defineConfig({
  plugins: [svelte()],
  server: { port: 1420, strictPort: true },
  build: {
    target: ["es2022", "safari16.4"],
    // The polyfill is an inline script where it matters, and every engine we meet has modulepreload.
    modulePreload: { polyfill: false },
  },
  resolve: process.env.VITEST ? { conditions: ["browser"] } : {},
  test: { include: ["src/**/*.test.ts"], environment: "node" },
});

// What the window weighs, gzipped, against what it may weigh.

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";

const FIRST_SCREEN = 45_000;
const WHOLE = 150_000;

const dist = join(import.meta.dirname, "../dist");
const assets = join(dist, "assets");
const weigh = (file) => gzipSync(readFileSync(join(assets, file)), { level: 9 }).length;

const scripts = readdirSync(assets).filter((file) => file.endsWith(".js"));
const html = readFileSync(join(dist, "index.html"), "utf8");

// What the page names, and what that imports at once.
const first = new Set();
const visit = (file) => {
  if (first.has(file)) return;
  first.add(file);
  const text = readFileSync(join(assets, file), "utf8");
  for (const [, name] of text.matchAll(/(?:from|import)\s*"\.\/([^"]+\.js)"/g)) visit(name);
};
scripts.filter((file) => html.includes(file)).forEach(visit);

const sum = (files) => [...files].reduce((total, file) => total + weigh(file), 0);
const budgets = [
  ["first screen", sum(first), FIRST_SCREEN],
  ["whole window, with the recordings", sum(scripts), WHOLE],
];

for (const [name, bytes, limit] of budgets) {
  console.log(`${name}: ${(bytes / 1000).toFixed(1)} kB of ${limit / 1000} kB gzipped`);
  if (bytes > limit) process.exitCode = 1;
}

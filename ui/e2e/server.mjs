// Serves the built window with the app's own Content-Security-Policy.

import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { extname, join, normalize } from "node:path";

const here = import.meta.dirname;
const dist = join(here, "../dist");

const fallback =
  "default-src 'none'; script-src 'self'; style-src 'self'; style-src-attr 'unsafe-inline'; " +
  "img-src 'self' data: blob:; font-src 'self'; connect-src ipc: http://ipc.localhost; frame-src 'none'; " +
  "object-src 'none'; base-uri 'none'; form-action 'none'";

function policy() {
  const { app } = JSON.parse(readFileSync(join(here, "../../tauri.conf.json"), "utf8"));
  const csp = app?.security?.csp;
  if (!csp) return fallback;
  if (typeof csp === "string") return csp;
  return Object.entries(csp)
    .map(([name, sources]) => `${name} ${[sources].flat().join(" ")}`)
    .join("; ");
}

const csp = policy();
const kinds = { ".html": "text/html; charset=utf-8", ".js": "text/javascript", ".css": "text/css" };

createServer((request, response) => {
  const { pathname } = new URL(request.url, "http://localhost");
  const path = normalize(pathname === "/" ? "/index.html" : pathname);
  try {
    const body = readFileSync(join(dist, path));
    response.writeHead(200, {
      "content-type": kinds[extname(path)] ?? "application/octet-stream",
      "content-security-policy": csp,
    });
    response.end(body);
  } catch {
    response.writeHead(404).end();
  }
}).listen(4173, "127.0.0.1");

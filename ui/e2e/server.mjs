// Serves the built window with the app's own Content-Security-Policy.

import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { extname, join, normalize } from "node:path";

const here = import.meta.dirname;
const dist = join(here, "../dist");

const { csp } = JSON.parse(readFileSync(join(here, "../../tauri.conf.json"), "utf8")).app.security;
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
}).listen(Number(process.env.PORT ?? 4173), "127.0.0.1");

// Draws every icon from tray.svg and app.svg: `npm ci && node draw.mjs`.
// `node draw.mjs --check` draws nothing; it names the committed files that differ and exits 1.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { Resvg } from "@resvg/resvg-js";

const here = import.meta.dirname;
const tray = readFileSync(join(here, "tray.svg"), "utf8");
const app = readFileSync(join(here, "app.svg"), "utf8");

const states = ["live", "idle", "catching_up", "degraded", "stalled", "paused", "off"];
const notRunning = ["paused", "off"];
// On a Mac these ask for a look, so they leave the menu bar's own colour.
const colouredOnMac = ["catching_up", "degraded", "stalled"];

// size: [grid, factor, margin]. Factors keep edges on whole pixels; margins fill what is left.
const trayGrids = {
  16: [16, 1, 0],
  20: [20, 1, 0],
  22: [20, 1, 1],
  24: [24, 1, 0],
  32: [32, 1, 0],
  36: [32, 1, 2],
  44: [20, 2, 2],
  48: [32, 1.5, 0],
};

const render = (svg, size) => new Resvg(svg, { fitTo: { mode: "width", value: size } }).render();

function drawTray(state, size, style = "") {
  const [grid, factor, margin] = trayGrids[size];
  const parts = tray.slice(tray.indexOf("<style>"), tray.indexOf("</defs>"));
  const dim = notRunning.includes(state) ? " dim" : "";
  return render(
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${size} ${size}">
      ${parts.replace("</style>", `${style}</style>`)}</defs>
      <g transform="translate(${margin} ${margin}) scale(${factor})">
        <use href="#glyph-${grid}" class="glyph${dim}"/><use href="#${state}-${grid}" class="${state}"/>
      </g>
    </svg>`,
    size,
  );
}

function drawForMac(state) {
  const colour = colouredOnMac.includes(state) ? tray.match(`\\.${state} { color: (#\\w+) }`)[1] : "#000";
  return drawTray(state, 36, `.glyph, .${state} { color: ${colour} }`).asPng();
}

// The same shapes for the window, on the grid of 32.
function signs() {
  const shape = (id) => tray.match(new RegExp(`<(\\w+) id="${id}"([^>]*?)/>`));
  const branch = (state, index) => {
    const [, tag, attributes] = shape(`${state}-32`);
    return `{${index ? ":else " : "#"}if sign === "${state}"}\n  <${tag}${attributes} />\n`;
  };
  const glyph = tray.match(/<g id="glyph-32"([^>]*)>\s*(<path[^>]*?)\/>/);
  return `<!-- Made of icons/tray.svg by icons/draw.mjs; do not edit. -->
<script lang="ts">
  let { sign }: { sign: "glyph" | ${states.map((state) => `"${state}"`).join(" | ")} } = $props();
</script>

${states.map(branch).join("")}{:else}
  <g${glyph[1]}>${glyph[2]} /></g>
{/if}
`;
}

const drawApp = (size) => render(app, size);

// Apple's grid leaves a tenth free on every side.
function drawAppForMac(size) {
  return render(app.replace('viewBox="0 0 1024 1024"', 'viewBox="-127 -127 1278 1278"'), size).asPng();
}

// An image of an .ico file: pixels from the bottom up, blue first, then a mask nobody reads any more.
function bitmap({ width, height, pixels }) {
  const header = Buffer.alloc(40);
  header.writeUInt32LE(40, 0);
  header.writeInt32LE(width, 4);
  header.writeInt32LE(height * 2, 8);
  header.writeUInt16LE(1, 12);
  header.writeUInt16LE(32, 14);
  const rows = Buffer.alloc(width * height * 4);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const from = (y * width + x) * 4;
      const to = ((height - 1 - y) * width + x) * 4;
      const alpha = pixels[from + 3];
      // The renderer multiplies colours by alpha, Windows does not.
      const plain = (value) => (alpha ? Math.min(255, Math.round((value * 255) / alpha)) : 0);
      rows[to] = plain(pixels[from + 2]);
      rows[to + 1] = plain(pixels[from + 1]);
      rows[to + 2] = plain(pixels[from]);
      rows[to + 3] = alpha;
    }
  }
  const mask = Buffer.alloc(Math.ceil(width / 32) * 4 * height);
  return Buffer.concat([header, rows, mask]);
}

function ico(images) {
  // Only the largest may be a PNG: resource compilers refuse smaller ones.
  const bodies = images.map((image) => (image.width === 256 ? image.asPng() : bitmap(image)));
  const header = Buffer.alloc(6 + 16 * images.length);
  header.writeUInt16LE(1, 2);
  header.writeUInt16LE(images.length, 4);
  let offset = header.length;
  images.forEach((image, index) => {
    const entry = 6 + 16 * index;
    header[entry] = image.width % 256;
    header[entry + 1] = image.height % 256;
    header.writeUInt16LE(1, entry + 4);
    header.writeUInt16LE(32, entry + 6);
    header.writeUInt32LE(bodies[index].length, entry + 8);
    header.writeUInt32LE(offset, entry + 12);
    offset += bodies[index].length;
  });
  return Buffer.concat([header, ...bodies]);
}

function icns(images) {
  const chunk = (type, body) => {
    const header = Buffer.alloc(8);
    header.write(type, "latin1");
    header.writeUInt32BE(body.length + 8, 4);
    return Buffer.concat([header, body]);
  };
  return chunk("icns", Buffer.concat(images.map(([type, body]) => chunk(type, body))));
}

const files = new Map();
for (const state of states) {
  for (const size of [16, 22, 24, 32, 48]) {
    files.set(`tray/${state}-${size}.png`, drawTray(state, size).asPng());
  }
  files.set(`tray/template/${state}-36.png`, drawForMac(state));
}
files.set("../ui/src/lib/parts/Signs.svelte", Buffer.from(signs()));
files.set("32x32.png", drawApp(32).asPng());
files.set("128x128.png", drawApp(128).asPng());
files.set("128x128@2x.png", drawApp(256).asPng());
files.set("icon.png", drawApp(512).asPng());
// 32 comes first: Tauri takes the first for the window.
files.set("icon.ico", ico([32, 16, 20, 24, 48, 64, 256].map(drawApp)));
// The PNG types of 32 pixels and up; 16 is drawn from them.
const macTypes = [["ic11", 32], ["ic12", 64], ["ic07", 128], ["ic08", 256], ["ic13", 256], ["ic09", 512], ["ic14", 512], ["ic10", 1024]];
files.set("icon.icns", icns(macTypes.map(([type, size]) => [type, drawAppForMac(size)])));

if (process.argv.includes("--check")) {
  const differing = [...files].filter(([name, bytes]) => !existsSync(join(here, name)) || !bytes.equals(readFileSync(join(here, name))));
  for (const [name] of differing) console.error(`differs: icons/${name}`);
  if (differing.length) process.exitCode = 1;
} else {
  for (const [name, bytes] of files) {
    mkdirSync(dirname(join(here, name)), { recursive: true });
    writeFileSync(join(here, name), bytes);
  }
}

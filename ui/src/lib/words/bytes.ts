// Sizes, in the units the engine's own sentences use.

const units = ["kB", "MB", "GB", "TB", "PB"];

/** `640 bytes`, `2.1 kB`, `412 MB`. */
export function bytes(n: number): string {
  if (n < 1000) return n === 1 ? "1 byte" : `${Math.max(0, Math.round(n))} bytes`;
  let value = n;
  let unit = -1;
  // Rounding may carry into the next unit: 999,960 bytes are 1 MB, not 1000 kB.
  do {
    value /= 1000;
    unit += 1;
  } while (value >= 999.5 && unit < units.length - 1);
  const digits = value < 10 ? 1 : 0;
  return `${Number(value.toFixed(digits))} ${units[unit]}`;
}

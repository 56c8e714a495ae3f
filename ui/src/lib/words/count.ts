// Numbers as people read them. English only, so that plural words and digits agree.

const whole = new Intl.NumberFormat("en-GB", { maximumFractionDigits: 0 });
const short = new Intl.NumberFormat("en-US", { notation: "compact", maximumFractionDigits: 1 });

/** `1,204`. */
export function count(n: number): string {
  return whole.format(n);
}

/** `1,204` up to six digits, then `1.2M`: what fits a tile. */
export function brief(n: number): string {
  return Math.abs(n) < 1_000_000 ? whole.format(n) : short.format(n);
}

/** `1 file`, `2 files`. */
export function counted(n: number, one: string, many = `${one}s`): string {
  return `${whole.format(n)} ${n === 1 ? one : many}`;
}

/** One decimal below ten, none above: `0.4`, `3.2`, `14`. */
export function rate(n: number): string {
  return n > 0 && n < 10 ? (Math.round(n * 10) / 10).toString() : whole.format(n);
}

/** A whole percentage that says 100 only when it is done. */
export function percent(done: number, total: number): number {
  if (total <= 0) return 0;
  return done >= total ? 100 : Math.min(99, Math.max(0, Math.floor((done / total) * 100)));
}

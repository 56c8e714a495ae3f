import type { LeftAsideFor, LeftAsideRow, RootStatus } from "../host/bindings";
import { count as grouped, counted } from "./count";

/** `3 files are left aside`. */
export function leftAside(n: number): string {
  return counted(n, "file is left aside", "files are left aside");
}

/** The roots in which something is not read. */
export function withLeftAside(roots: RootStatus[]): RootStatus[] {
  return roots.filter((root) => root.left_aside > 0);
}

/** `12 × a compressed copy`. */
export function heading({ count, says }: LeftAsideFor): string {
  return `${grouped(count)} × ${says}`;
}

/** What to do, once for all that need the same. */
export function remediesOf({ first }: LeftAsideFor): { remedy: string; rows: LeftAsideRow[] }[] {
  const remedies = [...new Set(first.map((row) => row.remedy))];
  return remedies.map((remedy) => ({ remedy, rows: first.filter((row) => row.remedy === remedy) }));
}

/** `… and 9 more`; nothing where all are named. */
export function more({ count, first }: LeftAsideFor): string | null {
  return count > first.length ? `… and ${grouped(count - first.length)} more` : null;
}

// Moving through lists with the keyboard. A list is marked data-rows, what can be opened in it data-row.

const ROW = "[data-row]";

function lists(): HTMLElement[] {
  return [...document.querySelectorAll<HTMLElement>("[data-rows]")].filter(
    (list) => list.querySelector(ROW) !== null && list.checkVisibility?.() !== false,
  );
}

function rowsOf(list: HTMLElement): HTMLElement[] {
  return [...list.querySelectorAll<HTMLElement>(ROW)];
}

function focused(): HTMLElement | null {
  return document.activeElement?.closest<HTMLElement>(ROW) ?? null;
}

function home(): HTMLElement | undefined {
  const all = lists();
  return (
    document.activeElement?.closest<HTMLElement>("[data-rows]") ??
    all.find((list) => list.querySelector(`${ROW}[aria-current]`)) ??
    all[0]
  );
}

function focus(row: HTMLElement | undefined): boolean {
  if (!row) return false;
  row.focus({ preventScroll: true });
  row.scrollIntoView({ block: "nearest" });
  return true;
}

/** To the next (1) or previous (-1) row; into the list when focus is elsewhere. */
export function moveRow(step: 1 | -1): boolean {
  const list = home();
  if (!list) return false;
  const rows = rowsOf(list);
  const row = focused();
  const at = row ? rows.indexOf(row) : -1;
  if (at < 0) return focus(rows.find((each) => each.hasAttribute("aria-current")) ?? rows[0]);
  return focus(rows[at + step]);
}

export function edgeRow(edge: "first" | "last"): boolean {
  const list = home();
  return list ? focus(rowsOf(list).at(edge === "first" ? 0 : -1)) : false;
}

/** To the list beside this one. */
export function movePane(step: 1 | -1): boolean {
  const all = lists();
  const list = home();
  if (!list) return false;
  const target = all[all.indexOf(list) + step];
  if (!target) return false;
  return focus(target.querySelector<HTMLElement>(`${ROW}[aria-current]`) ?? rowsOf(target)[0]);
}

export function openRow(): boolean {
  const row = focused();
  row?.click();
  return row !== null;
}

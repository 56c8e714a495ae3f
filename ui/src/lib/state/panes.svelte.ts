// How many panes fit. Measured in text, not in pixels, so that large text folds like a small window.

export type Panes = 1 | 2 | 3;

/** `width` in pixels, `text` the size of the root's text in pixels. */
export function panesFor(width: number, text: number): { panes: Panes; isRailFolded: boolean } {
  const room = width / (text / 16);
  return { panes: room >= 1100 ? 3 : room >= 720 ? 2 : 1, isRailFolded: room < 900 };
}

let current = $state.raw<{ panes: Panes; isRailFolded: boolean }>({ panes: 3, isRailFolded: false });

export const frame = {
  get panes() {
    return current.panes;
  },
  get isRailFolded() {
    return current.isRailFolded;
  },
};

export function startFrame(): () => void {
  const measure = () => {
    const text = parseFloat(getComputedStyle(document.documentElement).fontSize) || 16;
    const next = panesFor(window.innerWidth, text);
    if (next.panes !== current.panes || next.isRailFolded !== current.isRailFolded) current = next;
  };
  measure();
  window.addEventListener("resize", measure);
  return () => window.removeEventListener("resize", measure);
}

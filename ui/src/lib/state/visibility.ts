// A hidden window does no work.

export function isVisible(): boolean {
  return document.visibilityState === "visible";
}

/** Calls `onShow` when the window is seen again, `onHide` when it no longer is. The answer ends it. */
export function onVisibility(onShow: () => void, onHide: () => void): () => void {
  const turn = () => (isVisible() ? onShow() : onHide());
  document.addEventListener("visibilitychange", turn);
  return () => document.removeEventListener("visibilitychange", turn);
}

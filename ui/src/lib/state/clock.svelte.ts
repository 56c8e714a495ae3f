import { isVisible, onVisibility } from "./visibility";

const STEP_MS = 5000;

let now = $state(Date.now());

/** The shared time behind every "12 s ago". */
export const clock = {
  get now() {
    return now;
  },
};

/** One ticker for the whole window, still while nobody looks. */
export function startClock(): () => void {
  let timer: ReturnType<typeof setInterval> | undefined;
  const stop = () => clearInterval(timer);
  const run = () => {
    stop();
    now = Date.now();
    timer = setInterval(() => (now = Date.now()), STEP_MS);
  };
  if (isVisible()) run();
  const forget = onVisibility(run, stop);
  return () => {
    stop();
    forget();
  };
}

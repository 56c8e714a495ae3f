// Times and durations. Text in, text out; `now` is always handed in.

const clock = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit" });
const clockWithSeconds = new Intl.DateTimeFormat("en-GB", {
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
});
const day = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short" });
const dayWithYear = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", year: "numeric" });
const full = new Intl.DateTimeFormat("en-GB", {
  weekday: "short",
  day: "numeric",
  month: "short",
  year: "numeric",
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
  timeZoneName: "short",
});

/** So far ahead a time may be, as in the engine: clocks of two machines differ. */
const TOLERANCE = 3_600_000;

/** Written by a clock that was wrong: it says nothing about what is new. */
export function isAhead(iso: string | null, now: number): boolean {
  const at = moment(iso);
  return at !== null && at - now > TOLERANCE;
}

function moment(iso: string | null): number | null {
  const at = iso === null ? NaN : Date.parse(iso);
  return Number.isNaN(at) ? null : at;
}

/** `just now`, `40 s ago`, `12 min ago`, `3 h ago`, `5 days ago`, then the date. Never negative: a time ahead of the clock is marked. */
export function ago(iso: string | null, now: number): string {
  const at = moment(iso);
  if (at === null) return "";
  if (isAhead(iso, now)) return `${date(iso, now)}, ahead of the clock`;
  const s = Math.floor((now - at) / 1000);
  if (s < 10) return "just now";
  if (s < 60) return `${s} s ago`;
  if (s < 3600) return `${Math.floor(s / 60)} min ago`;
  if (s < 86_400) return `${Math.floor(s / 3600)} h ago`;
  const days = Math.floor(s / 86_400);
  if (days < 7) return days === 1 ? "yesterday" : `${days} days ago`;
  return date(iso, now);
}

/** `22 Nov`, with the year when it is another one. */
export function date(iso: string | null, now: number): string {
  const at = moment(iso);
  if (at === null) return "";
  const isThisYear = new Date(at).getFullYear() === new Date(now).getFullYear();
  return (isThisYear ? day : dayWithYear).format(at);
}

/** `14:02`; on another day with the date before it. */
export function timeOfDay(iso: string | null, now: number): string {
  const at = moment(iso);
  if (at === null) return "";
  const isToday = new Date(at).toDateString() === new Date(now).toDateString();
  if (isAhead(iso, now)) return `${date(iso, now)}, ${clock.format(at)}, ahead of the clock`;
  return isToday ? clock.format(at) : `${date(iso, now)}, ${clock.format(at)}`;
}

/** `14:02:11`. */
export function timeWithSeconds(iso: string | null): string {
  const at = moment(iso);
  return at === null ? "" : clockWithSeconds.format(at);
}

/** Everything, with the zone: what a tooltip says. */
export function absolute(iso: string | null): string {
  const at = moment(iso);
  return at === null ? "" : full.format(at);
}

/** `4.1 ms`, `320 ms`, `1.4 s`; a dash for what was never measured. */
export function milliseconds(ms: number | null): string {
  if (ms === null) return "–";
  if (ms < 10) return `${Math.round(ms * 10) / 10} ms`;
  if (ms < 1000) return `${Math.round(ms)} ms`;
  return seconds(ms / 1000);
}

/** `0 s`, `0.2 s`, `42 s`, `3 min`, `5 h`, `2 days`. */
export function seconds(s: number): string {
  if (s < 0.05) return "0 s";
  if (s < 10) return `${Math.round(s * 10) / 10} s`;
  if (s < 120) return `${Math.round(s)} s`;
  if (s < 7200) return `${Math.round(s / 60)} min`;
  if (s < 172_800) return `${Math.round(s / 3600)} h`;
  return `${Math.round(s / 86_400)} days`;
}

/** How long the rest takes, rounded so that it does not fidget. */
export function remaining(s: number | null): string {
  if (s === null) return "working out how long it takes";
  if (s < 10) return "a few seconds left";
  if (s < 55) return `about ${Math.round(s / 10) * 10} s left`;
  if (s < 5400) return `about ${Math.max(1, Math.round(s / 60))} min left`;
  return `about ${Math.round(s / 3600)} h left`;
}

/** Written to within the last two minutes. */
export function isLive(iso: string | null, now: number): boolean {
  const at = moment(iso);
  return at !== null && now - at < 120_000 && !isAhead(iso, now);
}

/** The heading a session stands under in a list: `Today`, `Yesterday`, `Last 7 days`, `October 2026`. */
export function period(iso: string | null, now: number): string {
  const at = moment(iso);
  if (at === null) return "No date";
  const midnight = new Date(now).setHours(0, 0, 0, 0);
  if (at >= midnight) return "Today";
  if (at >= midnight - 86_400_000) return "Yesterday";
  if (at >= midnight - 6 * 86_400_000) return "Last 7 days";
  return new Date(at).toLocaleDateString("en-GB", { month: "long", year: "numeric" });
}

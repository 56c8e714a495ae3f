import type { Problem } from "../host/bindings";

/** What a button under a problem does. */
export type Act =
  | { does: "rescan" }
  | { does: "poll" }
  | { does: "show_data" }
  | { does: "check" }
  | { does: "add_source" }
  | { does: "copy_report" }
  | { does: "copy"; text: string };
export type Remedy = { label: string; act: Act };

const again: Remedy = { label: "Try again", act: { does: "rescan" } };
const report: Remedy = { label: "Copy report", act: { does: "copy_report" } };
const data: Remedy = { label: "Show the data folder", act: { does: "show_data" } };
const check: Remedy = { label: "Check the database", act: { does: "check" } };
const poll: Remedy = { label: "Switch to polling", act: { does: "poll" } };

/** The one-click repairs of a problem, the best first. */
export function remediesFor(problem: Problem): Remedy[] {
  switch (problem.code) {
    case "inotify_limit":
    case "inotify_instances": {
      const text = commandIn(problem.remedy);
      const copy: Remedy[] =
        text === null ? [] : [{ label: "Copy the command", act: { does: "copy", text } }];
      return [...copy, poll];
    }
    case "disk_full":
    case "low_space":
    case "low_disk":
      return [data, again];
    case "damaged":
    case "database_damaged":
      return [check, report];
    case "failing":
    case "database_failing":
      return [again, check, report];
    case "unreadable":
      return [{ label: "Rescan", act: { does: "rescan" } }];
    case "no_sources":
      return [
        { label: "Choose folder…", act: { does: "add_source" } },
        { label: "Look again", act: { does: "rescan" } },
      ];
    default:
      return [again, report];
  }
}

/** The command inside a remedy, so that it can be copied without retyping. */
export function commandIn(remedy: string): string | null {
  const quoted = /`((?:sudo )?sysctl [^`]+)`/.exec(remedy);
  if (quoted?.[1]) return quoted[1];
  const bare = /(?:sudo )?sysctl (?:-w )?[\w.]+=\d+/.exec(remedy);
  return bare ? bare[0] : null;
}

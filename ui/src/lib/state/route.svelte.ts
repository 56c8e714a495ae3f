// Where the window is. Every place has a hash, so Back and Forward work and a link can lead anywhere.

export type Route =
  | { screen: "status" }
  | { screen: "browse"; project: string | null }
  | {
      screen: "session";
      id: string;
      message: string | null;
      /** Words to mark in it. */ query: string;
      isAtEnd: boolean;
    }
  | { screen: "search"; query: string }
  | { screen: "sql"; /** A search to show as SQL. */ search: string }
  | { screen: "settings" };

/** Reads a hash. What is not understood leads to Status. */
export function parseRoute(hash: string): Route {
  const [path = "", query = ""] = hash.replace(/^#?\/?/, "").split("?", 2);
  const [screen, id, ...rest] = path.split("/");
  const params = new URLSearchParams(query);
  switch (screen) {
    case "browse":
      return { screen, project: params.get("project") };
    case "session": {
      const session = id === undefined || rest.length > 0 ? "" : decoded(id);
      if (session === "") return { screen: "browse", project: null };
      return {
        screen,
        id: session,
        message: params.get("m") || null,
        query: params.get("q") ?? "",
        isAtEnd: params.get("at") === "end",
      };
    }
    case "search":
      return { screen, query: params.get("q") ?? "" };
    case "sql":
      return { screen, search: params.get("search") ?? "" };
    case "settings":
      return { screen };
    default:
      return { screen: "status" };
  }
}

/** The hash of a session, at its start. */
export function sessionHash(id: string): string {
  return hashOf({ screen: "session", id, message: null, query: "", isAtEnd: false });
}

/** The hash of a place. */
export function hashOf(route: Route): string {
  switch (route.screen) {
    case "browse":
      return route.project === null ? "#/browse" : `#/browse?project=${encodeURIComponent(route.project)}`;
    case "session": {
      const params = [
        route.message === null ? [] : [`m=${encodeURIComponent(route.message)}`],
        route.query === "" ? [] : [`q=${encodeURIComponent(route.query)}`],
        route.isAtEnd ? ["at=end"] : [],
      ].flat();
      return `#/session/${encodeURIComponent(route.id)}${params.length > 0 ? `?${params.join("&")}` : ""}`;
    }
    case "search":
      return route.query === "" ? "#/search" : `#/search?q=${encodeURIComponent(route.query)}`;
    case "sql":
      return route.search === "" ? "#/sql" : `#/sql?search=${encodeURIComponent(route.search)}`;
    default:
      return `#/${route.screen}`;
  }
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return "";
  }
}

let current = $state.raw<Route>({ screen: "status" });
let steps = 0;

export const route = {
  get current() {
    return current;
  },
};

export function startRoute(): () => void {
  const read = () => (current = parseRoute(location.hash));
  const onChange = () => {
    steps += 1;
    read();
  };
  read();
  window.addEventListener("hashchange", onChange);
  return () => window.removeEventListener("hashchange", onChange);
}

/** Goes to a place: a route of ours, or a hash the app sends. */
export function go(to: Route | string): void {
  const hash = hashOf(typeof to === "string" ? parseRoute(to) : to);
  if (hash !== location.hash) location.hash = hash;
}

/** Corrects the address without a step in the history, as while typing. */
export function replace(to: Route): void {
  history.replaceState(null, "", hashOf(to));
  current = to;
}

/** One step back; where there is none, to `otherwise`. */
export function back(otherwise: Route): void {
  if (steps > 0) history.back();
  else go(otherwise);
}

import { mount } from "svelte";

import App from "./App.svelte";
import "./app.css";
import { call } from "./lib/host/host";

/** The app writes it to its log: the message only, no text of a transcript can be in it. */
function tell(message: string): void {
  call("ui_error", { message: message.slice(0, 500) }).catch(() => undefined);
}

window.addEventListener("error", (event) => tell(event.message));
window.addEventListener("unhandledrejection", (event) => {
  tell(event.reason instanceof Error ? event.reason.message : "a promise was rejected");
});

// A file dropped on the window would open in it.
for (const kind of ["dragover", "drop"]) {
  window.addEventListener(kind, (event) => event.preventDefault());
}

// The system's menu offers Reload and Back, which mean nothing here; on chosen or written text it offers Copy.
window.addEventListener("contextmenu", (event) => {
  const isField = event.target instanceof HTMLInputElement || event.target instanceof HTMLTextAreaElement;
  if (!isField && getSelection()?.isCollapsed !== false) event.preventDefault();
});

mount(App, { target: document.getElementById("app")! });

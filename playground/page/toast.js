// Short notes at the edge of the page, for what went wrong or is done.

import { h, icon, iconButton } from "./dom.js";
import { say } from "./words.js";

const STAYS_MS = 7000;

/** Show a sentence for a while; `tone` is "wrong" or "good". */
export function toast(sentence, tone = "wrong") {
  const note = h("div", { class: `toast ${tone}` }, icon(tone === "good" ? "check" : "lamp"), h("p", {}, sentence));
  const away = () => {
    note.classList.add("leaving");
    setTimeout(() => note.remove(), 250);
  };
  note.append(iconButton("close", say("Close"), { onclick: away }));
  document.getElementById("toasts").append(note);
  setTimeout(away, STAYS_MS);
}

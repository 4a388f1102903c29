// The list above the text box: walked through with the arrow keys, taken with Tab, Enter or a click, gone with Esc.

import { h } from "./dom.js";

/** `field` is the text box it belongs to; it keeps the focus. */
export function pickList(field) {
  const list = h("div", { class: "picker", role: "listbox", id: "picker", hidden: true });
  let entries = [];
  let draw = () => [];
  let take = () => {};
  let at = 0;

  const show = () => {
    list.hidden = entries.length === 0;
    field.setAttribute("aria-expanded", String(!list.hidden));
    list.replaceChildren(...entries.map(row));
    field.setAttribute("aria-activedescendant", list.hidden ? "" : `pick-${at}`);
    list.children[at]?.scrollIntoView({ block: "nearest" });
  };
  const row = (entry, index) => {
    const item = h("div", { class: "picker-row", role: "option", id: `pick-${index}`, "aria-selected": String(index === at) }, ...draw(entry));
    item.onpointerdown = (event) => event.preventDefault();
    item.onclick = () => take(entry);
    item.onpointermove = () => index !== at && ((at = index), show());
    return item;
  };

  return {
    element: list,
    /** Show `found`, each as the nodes `drawn(one)`; `taken(one)` is told which it was. An empty list closes it. */
    offer(label, found, drawn, taken) {
      list.setAttribute("aria-label", label);
      [entries, draw, take, at] = [found, drawn, taken, 0];
      show();
    },
    /** Whether the key was for the list. */
    key(event) {
      if (list.hidden) return false;
      if (event.key === "ArrowDown" || event.key === "ArrowUp") {
        at = (at + (event.key === "ArrowDown" ? 1 : -1) + entries.length) % entries.length;
        show();
      } else if (event.key === "Enter" || event.key === "Tab") take(entries[at]);
      else if (event.key === "Escape") this.close();
      else return false;
      return true;
    },
    close() {
      entries = [];
      show();
    },
  };
}

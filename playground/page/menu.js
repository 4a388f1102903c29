// Menus that come up at a point: walked through with the arrow keys, gone with Esc or a click elsewhere.

import { h, icon } from "./dom.js";
import { say } from "./words.js";

const ITEMS = "[role^=menuitem], .menu-send";

/** Show `content` as a menu at an element or at a point {x, y}; choosing an entry closes it. */
export function openMenu(label, where, content) {
  document.querySelector(".menu")?.hidePopover();
  const before = document.activeElement;
  const menu = h("div", { class: "menu", role: "menu", popover: "auto", "aria-label": label }, ...content);
  document.body.append(menu);
  menu.addEventListener("click", ({ target }) => target.closest("[role=menuitem], .menu-send") && menu.hidePopover());
  menu.addEventListener("keydown", (event) => walk(event, menu));
  menu.addEventListener("toggle", ({ newState }) => {
    if (newState !== "closed") return;
    const inside = menu.contains(document.activeElement) || document.activeElement === document.body;
    menu.remove();
    if (inside && before?.isConnected) before.focus();
  });
  menu.showPopover();
  place(menu, where);
  menu.querySelector(ITEMS).focus();
}

/** One entry; `spoken` is read aloud where the label alone says too little. */
export function entry(drawing, label, run, spoken = null, tone = "") {
  return h("button", { type: "button", role: "menuitem", class: `menu-item ${tone}`, tabindex: "-1", "aria-label": spoken, onclick: run }, drawing ? icon(drawing) : null, h("span", {}, label));
}

/** A menu to choose several of a select's options in; `done(values)` is told once they are sent. */
export function openChoices(button, { options, placeholder, min_values: least = 1, max_values: most = 1 }, done) {
  const chosen = new Set(options.filter((one) => one.default).map((one) => one.value));
  const send = h("button", { type: "button", class: "menu-send button primary", onclick: () => done([...chosen]) }, say("Choose"));
  const show = () => {
    for (const row of rows) row.setAttribute("aria-checked", String(chosen.has(row.dataset.value)));
    send.disabled = chosen.size < least || chosen.size > most;
  };
  const rows = options.map(({ value, label, description }) => {
    const turn = () => {
      if (!chosen.delete(value)) chosen.add(value);
      show();
    };
    const words = h("span", {}, label, description ? h("small", { class: "soft" }, description) : null);
    return h("button", { type: "button", role: "menuitemcheckbox", class: "menu-item", tabindex: "-1", "data-value": value, onclick: turn }, h("span", { class: "option-mark", "aria-hidden": "true" }), words);
  });
  show();
  openMenu(placeholder || say("Choose…"), button, [...rows, send]);
}

function walk(event, menu) {
  const items = [...menu.querySelectorAll(ITEMS)].filter((one) => !one.disabled);
  const at = items.indexOf(document.activeElement);
  const to = { ArrowDown: at + 1, ArrowRight: at + 1, ArrowUp: at - 1, ArrowLeft: at - 1, Home: 0, End: items.length - 1 }[event.key];
  if (event.key === "Tab") menu.hidePopover();
  if (to === undefined) return;
  event.preventDefault();
  items[(to + items.length) % items.length].focus();
}

function place(menu, where) {
  const box = where instanceof Element ? where.getBoundingClientRect() : { left: where.x, right: where.x, top: where.y, bottom: where.y };
  const { offsetWidth: width, offsetHeight: height } = menu;
  const left = where instanceof Element ? box.right - width : box.left;
  const top = box.bottom + height + 12 > innerHeight ? box.top - height - 4 : box.bottom + 4;
  menu.style.left = `${Math.min(Math.max(left, 8), innerWidth - width - 8)}px`;
  menu.style.top = `${Math.min(Math.max(top, 8), innerHeight - height - 8)}px`;
}

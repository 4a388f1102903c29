// The menu of a message: what everybody can do, what its writer can do, and what the bot offers for it.

import { act, react } from "./actions.js";
import { h, icon } from "./dom.js";
import { markdown } from "./markdown.js";
import { QUICK } from "./message.js";
import { store } from "./store.js";
import { toast } from "./toast.js";
import { say } from "./words.js";

/** Open it at an element or at a point {x, y}. */
export function openMessageMenu(message, where, hooks) {
  document.querySelector(".menu")?.hidePopover();
  const before = document.activeElement;
  const menu = h("div", { class: "menu", role: "menu", popover: "auto", "aria-label": say("What to do with this message") }, ...entries(message, hooks));
  document.body.append(menu);
  menu.addEventListener("click", ({ target }) => target.closest("[role=menuitem]") && menu.hidePopover());
  menu.addEventListener("keydown", (event) => walk(event, menu));
  menu.addEventListener("toggle", ({ newState }) => {
    if (newState !== "closed") return;
    const inside = menu.contains(document.activeElement) || document.activeElement === document.body;
    menu.remove();
    if (inside && before?.isConnected) before.focus();
  });
  menu.showPopover();
  place(menu, where);
  menu.querySelector("[role=menuitem]").focus();
}

function entries(message, hooks) {
  const own = message.own && !message.ephemeral;
  const items = [];
  if (!message.ephemeral) {
    items.push(h("div", { class: "quick-row" }, ...QUICK.map((emoji) => entry(null, emoji, () => react(message, emoji), say("React with {emoji}", { emoji })))));
    items.push(entry("reply", say("Reply"), () => hooks.reply(message)));
  }
  if (message.text) items.push(entry("copy", say("Copy text"), () => copy(message)));
  if (own) items.push(entry("pencil", say("Edit"), () => hooks.edit(message)));
  if (message.may_delete) items.push(entry(message.ephemeral ? "close" : "bin", message.ephemeral ? say("Dismiss") : say("Delete"), () => act("delete", { message: message.id }), null, "danger"));
  if (store.menus.length) items.push(h("p", { class: "menu-heading", role: "presentation" }, say("Apps")));
  items.push(...store.menus.map((one) => entry(menuIcon(one.name), one.name_localizations?.[store.me.locale] ?? one.name, () => act("menu", { message: message.id, command: one.name }))));
  return items;
}

function menuIcon(name) {
  return { "Edit image…": "pencil", "Use as…": "picture", Info: "loupe", Report: "flag" }[name] ?? "wand";
}

function entry(drawing, label, run, spoken = null, tone = "") {
  return h("button", { type: "button", role: "menuitem", class: `menu-item ${tone}`, tabindex: "-1", "aria-label": spoken, onclick: run }, drawing ? icon(drawing) : null, h("span", {}, label));
}

function walk(event, menu) {
  const items = [...menu.querySelectorAll("[role=menuitem]")];
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

async function copy(message) {
  const text = h("div", {}, ...markdown(message.text).flatMap((block) => [block, "\n"])).textContent.trim();
  try {
    await navigator.clipboard.writeText(text);
    toast(say("Copied."), "good");
  } catch {
    toast(say("The browser did not let the page copy. Select the text instead."));
  }
}

// The menu of a message: what everybody can do, what its writer can do, and what the bot offers for it.

import { act, react } from "./actions.js";
import { emojiIcon, h } from "./dom.js";
import { markdown } from "./markdown.js";
import { entry, openMenu } from "./menu.js";
import { QUICK } from "./message.js";
import { store } from "./store.js";
import { toast } from "./toast.js";
import { say } from "./words.js";

/** Open it at an element or at a point {x, y}. */
export function openMessageMenu(message, where, hooks) {
  openMenu(say("What to do with this message"), where, entries(message, hooks));
}

function entries(message, hooks) {
  const own = message.own && !message.ephemeral;
  const items = [];
  if (!message.ephemeral) {
    items.push(h("div", { class: "quick-row" }, ...QUICK.map((emoji) => entry(null, emojiIcon(emoji), () => react(message, emoji), say("React with {emoji}", { emoji })))));
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

async function copy(message) {
  const text = h("div", {}, ...markdown(message.text).flatMap((block) => [block, "\n"])).textContent.trim();
  try {
    await navigator.clipboard.writeText(text);
    toast(say("Copied."), "good");
  } catch {
    toast(say("The browser did not let the page copy. Select the text instead."));
  }
}

// People and the bot, called by name: `@` offers them, and the playground makes mentions of their names.

import { avatar } from "./avatar.js";
import { h } from "./dom.js";
import { store } from "./store.js";
import { say } from "./words.js";

const WORD = /(?<![^\s(])@([^\s@]*)$/u;
const MENTION = /<@!?(\d+)>/g;

/** The name that is being typed at the caret: {from, found}, where it begins and who it may mean; null if none is. */
export function nameAt(text, caret) {
  const word = WORD.exec(text.slice(0, caret));
  if (!word) return null;
  const typed = word[1].toLowerCase();
  return { from: word.index, found: store.members.filter((one) => one.name.toLowerCase().startsWith(typed)) };
}

/** Somebody as a row of the list. */
export function memberRow(one) {
  const about = one.bot ? say("App") : one.id === store.me.id ? say("You") : "";
  return [avatar(one), h("span", { class: "picker-words" }, h("b", {}, `@${one.name}`)), h("span", { class: "soft" }, about)];
}

/** A message's text as somebody would type it. */
export function asTyped(text) {
  return text.replace(MENTION, (whole, id) => (store.names[id] ? `@${store.names[id]}` : whole));
}

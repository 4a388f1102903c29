// One message as an element; what can be done with it is named in data-do and answered by timeline.js.

import { avatar } from "./avatar.js";
import { attachments, components, embed } from "./components.js";
import { around, emojiIcon, h, HERE, icon, iconButton } from "./dom.js";
import { markdown, plain } from "./markdown.js";
import { local } from "./media.js";
import { asTyped } from "./mention.js";
import { nameOf } from "./picker.js";
import { store } from "./store.js";
import { clockTime, longDate, say } from "./words.js";

const QUOTED = 160;
const TOGETHER_MS = 7 * 60 * 1000;
export const QUICK = ["⭐", "❌"];

/** When the message was written. */
export function momentOf(message) {
  return new Date(message.timestamp);
}

/** Whether `message` goes on where `before` ended: same author, soon after, nothing to say in between. */
export function continues(message, before) {
  if (!before || message.reply || message.used || before.ephemeral !== message.ephemeral) return false;
  return before.author.id === message.author.id && momentOf(message) - momentOf(before) < TOGETHER_MS;
}

/** The whole message. */
export function messageElement(message, before) {
  const follows = continues(message, before);
  const name = authorName(message.author);
  const classes = ["message", follows && "follows", message.ephemeral && "for-me", message.pings_me && "pings", message.waiting && "waiting"];
  return h(
    "article",
    { class: classes.filter(Boolean).join(" "), "data-key": message.id, "data-id": message.id, "aria-label": `${name}, ${clockTime(momentOf(message))}`, tabindex: "-1" },
    follows ? null : origin(message),
    h("div", { class: "face", "data-key": "face" }, follows ? null : avatar(seenAs(message.author))),
    h("div", { class: "body", "data-key": "body" }, follows ? null : headline(message, name), content(message), reactions(message), message.ephemeral ? onlyYou() : null),
    toolbar(message),
  );
}

function authorName(author) {
  return author.global_name ?? author.name ?? author.username;
}

function seenAs(author) {
  return { name: authorName(author), bot: author.bot };
}

function headline(message, name) {
  return h(
    "div",
    { class: "headline", "data-key": "headline" },
    h("span", { class: "name" }, name),
    message.author.bot ? h("span", { class: "tag" }, say("App")) : null,
    h("time", { datetime: message.timestamp, title: longDate(momentOf(message)) }, clockTime(momentOf(message))),
  );
}

/** The line above: which command was used, or which message is answered. */
function origin(message) {
  if (message.used) {
    const line = say("{name} used {command}", { name: message.used.name, command: HERE });
    return h("div", { class: "origin", "data-key": "origin" }, avatar({ name: message.used.name }), h("span", {}, ...around(line, h("b", {}, commandName(message.used.command)))));
  }
  if (!message.reply) return null;
  if (message.reply.gone) return h("div", { class: "origin", "data-key": "origin" }, icon("reply"), h("i", {}, say("The message is gone.")));
  const { id, author, picture } = message.reply;
  const text = plain(message.reply.text).slice(0, QUOTED);
  return h(
    "button",
    { type: "button", class: "origin", "data-key": "origin", "data-do": "jump", "data-message": id, "aria-label": say("Reply to {name}: {text}", { name: author.name, text }) },
    icon("reply"),
    avatar(author),
    h("b", {}, author.name),
    h("span", { class: "excerpt" }, text || (picture ? say("A picture") : "")),
    picture ? h("live-picture", { class: "thumb", src: local(picture), alt: "" }) : null,
  );
}

function commandName(name) {
  const known = [...store.commands, ...store.menus].find((one) => one.name === name);
  const shown = known ? nameOf(known) : name;
  return store.menus.includes(known) ? shown : `/${shown}`;
}

function content(message) {
  if (message.thinking) {
    return h("p", { class: "thinking", "data-key": "thinking" }, h("span", { class: "dots", "aria-hidden": "true" }, h("i"), h("i"), h("i")), say("{name} is thinking…", { name: authorName(message.author) }));
  }
  if (message.editing) return editor(message);
  const text = message.content ? h("div", { class: "text", "data-key": "text" }, ...markdown(message.content), edited(message)) : null;
  return h("div", { class: "content", "data-key": "content" }, text, ...attachments(message.attachments), ...message.embeds.map(embed), ...components(message.components));
}

function edited(message) {
  return message.edited_timestamp && !message.author.bot ? h("span", { class: "edited" }, say("(edited)")) : null;
}

function editor(message) {
  return h(
    "form",
    { class: "editor", "data-key": "editor", "data-do": "save-edit" },
    h("textarea", { rows: "2", "aria-label": say("Change your message") }, asTyped(message.content)),
    h("p", { class: "small" }, say("Enter saves, Esc leaves it as it was.")),
  );
}

function reactions(message) {
  if (!message.reactions.length) return null;
  const chips = message.reactions.map(({ emoji, who, mine }) =>
    h("button", { type: "button", class: `reaction${mine ? " mine" : ""}`, "data-do": "react", "data-emoji": emoji, "aria-pressed": String(mine), "data-key": emoji, title: who.join(", ") },
      emojiIcon(emoji), String(who.length)));
  return h("div", { class: "reactions", "data-key": "reactions" }, ...chips);
}

function onlyYou() {
  return h("p", { class: "only-you", "data-key": "only-you" }, icon("eye"), say("Only you can see this"), " · ", h("button", { type: "button", class: "link", "data-do": "dismiss" }, say("Dismiss")));
}

function toolbar(message) {
  if (message.waiting) return null;
  const quick = message.ephemeral ? [] : QUICK.map((emoji) =>
    h("button", { type: "button", class: "icon-button quick", "data-do": "react", "data-emoji": emoji, "aria-label": say("React with {emoji}", { emoji }), title: say("React with {emoji}", { emoji }), "data-key": `quick-${emoji}` }, emojiIcon(emoji)));
  const answer = message.ephemeral ? null : iconButton("reply", say("Reply"), { "data-do": "reply", "data-key": "reply", class: "icon-button quick" });
  return h("div", { class: "toolbar", "data-key": "toolbar", role: "group", "aria-label": say("What to do with this message") }, ...quick, answer, iconButton("more", say("More"), { "data-do": "more", "aria-haspopup": "menu", "data-key": "more" }));
}

/** A line between days. */
export function dayLine(moment) {
  const today = new Date().toDateString() === moment.toDateString();
  return h("div", { class: "day", "data-key": `day-${moment.toDateString()}`, role: "separator" }, h("span", {}, today ? say("Today") : longDate(moment)));
}

/** A message of one's own on its way, until the server has it. */
export function waitingMessage(text, files, reply) {
  return {
    id: `waiting-${performance.now()}`, waiting: true, timestamp: new Date().toISOString(), author: { ...store.me, global_name: store.me.name },
    content: text, attachments: files.map((file) => ({ url: file.preview ?? "", filename: file.name, content_type: file.type, size: file.size })),
    embeds: [], components: [], reactions: [], reply, own: true, place: store.place,
  };
}

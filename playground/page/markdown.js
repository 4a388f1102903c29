// Discord's markdown, as far as the bot and people use it, made into nodes. Nothing is ever read as HTML.

import { emojiIcon, h } from "./dom.js";
import { drawingFor } from "./icons.js";
import { store } from "./store.js";
import { howFar, longDate, clockTime, say } from "./words.js";

const FENCE = /```(?:[\w+-]*\n)?([\s\S]*?)```/g;
const INLINE = new RegExp(
  [
    String.raw`\\(?<escaped>[^a-zA-Z0-9\s])`,
    "`+(?<code>[^`]+)`+",
    String.raw`\*\*(?<bold>[\s\S]+?)\*\*(?!\*)`,
    String.raw`__(?<under>[\s\S]+?)__`,
    String.raw`~~(?<struck>[\s\S]+?)~~`,
    String.raw`\|\|(?<hidden>[\s\S]+?)\|\|`,
    String.raw`\*(?<italic>[^*\s](?:[^*]*[^*\s])?)\*`,
    String.raw`\b_(?<slanted>[^_]+)_\b`,
    String.raw`\[(?<label>[^\]]+)\]\(<?(?<target>https?:\/\/[^)\s>]+)>?\)`,
    String.raw`<t:(?<moment>-?\d+)(?::(?<format>[a-zA-Z]))?>`,
    String.raw`<@!?(?<user>\d+)>`,
    String.raw`<#(?<channel>\d+)>`,
    String.raw`<\/(?<command>[^:>]+):\d+>`,
    String.raw`<?(?<link>https?:\/\/[^\s<>]+[^\s<>.,:;"')\]])>?`,
    String.raw`(?<bar>[▰▱]{4,})`,
    String.raw`(?<emoji>\p{Extended_Pictographic}\uFE0F?)`,
  ].join("|"),
  "gu",
);

/** The text as block elements. */
export function markdown(text) {
  const parts = [];
  let from = 0;
  for (const fence of text.matchAll(FENCE)) {
    parts.push(...lines(text.slice(from, fence.index)));
    parts.push(h("pre", { tabindex: "-1" }, h("code", {}, fence[1].replace(/\n$/, ""))));
    from = fence.index + fence[0].length;
  }
  return [...parts, ...lines(text.slice(from))];
}

/** The text in one line, without its markup: for quotes and names read aloud. */
export function plain(text) {
  const holder = h("div", {}, ...markdown(text.replace(/\n+/g, " ").replace(/-# /g, " ")));
  return holder.textContent.trim();
}

function lines(text) {
  const blocks = [];
  let gap = false;
  for (const line of text.split("\n")) {
    if (!line.trim()) {
      gap = blocks.length > 0;
      continue;
    }
    const block = oneLine(line);
    if (gap) block.classList.add("after-gap");
    gap = false;
    blocks.push(block);
  }
  return blocks;
}

function oneLine(line) {
  if (line.startsWith("-# ")) return h("p", { class: "small" }, ...inline(line.slice(3)));
  const heading = /^(#{1,3}) (.*)/.exec(line);
  if (heading) return h("p", { class: `heading heading-${heading[1].length}` }, ...inline(heading[2]));
  if (/^> /.test(line)) return h("blockquote", {}, ...inline(line.slice(2)));
  if (/^\s*[-*] /.test(line)) return h("p", { class: "item" }, ...inline(line.replace(/^\s*[-*] /, "")));
  return h("p", {}, ...inline(line));
}

function inline(text) {
  const nodes = [];
  let from = 0;
  for (const match of text.matchAll(INLINE)) {
    if (match.index > from) nodes.push(text.slice(from, match.index));
    nodes.push(span(match.groups, match[0]));
    from = match.index + match[0].length;
  }
  if (from < text.length) nodes.push(text.slice(from));
  return nodes;
}

function span(found, whole) {
  if (found.escaped) return found.escaped;
  if (found.code) return h("code", {}, found.code);
  if (found.bold) return h("strong", {}, ...inline(found.bold));
  if (found.under) return h("u", {}, ...inline(found.under));
  if (found.struck) return h("s", {}, ...inline(found.struck));
  if (found.hidden) return h("span", { class: "hidden-text", tabindex: "-1", "data-do": "reveal" }, ...inline(found.hidden));
  if (found.italic || found.slanted) return h("em", {}, ...inline(found.italic ?? found.slanted));
  if (found.target) return link(found.target, inline(found.label));
  if (found.link) return link(found.link, [found.link]);
  if (found.moment) return h("time-ago", { at: found.moment, format: found.format ?? "f" }, momentShown(found.moment, found.format));
  if (found.user) return h("span", { class: "mention" }, `@${store.names[found.user] ?? say("somebody")}`);
  if (found.channel) return channel(found.channel);
  if (found.command) return command(found.command);
  if (found.emoji) return drawn(found.emoji);
  return found.bar ? bar(found.bar) : whole;
}

/** The attributes of a control that goes to the message a link means; null where it means none. */
export function jumpOf(target) {
  const jump = /^https:\/\/(?:\w+\.)?discord\.com\/channels\/(?:\d+|@me)\/(\d+)\/(\d+)$/.exec(target);
  return jump && { "data-do": "jump", "data-channel": jump[1], "data-message": jump[2] };
}

/** A link to a message leads there inside the page; any other opens in a tab of its own. */
function link(target, inside) {
  const jump = jumpOf(target);
  if (jump) return h("button", { type: "button", class: "link", ...jump }, ...inside);
  return h("a", { href: target, target: "_blank", rel: "noopener noreferrer" }, ...inside);
}

function channel(id) {
  const place = store.places.find((one) => one.id === id);
  if (!place) return h("span", { class: "mention" }, say("#unknown"));
  return h("button", { type: "button", class: "mention", "data-do": "go", "data-place": place.place }, `#${place.name}`);
}

function command(name) {
  return h("button", { type: "button", class: "mention", "data-do": "command", "data-command": name }, `/${name}`);
}

/** An emoji in a sentence looks as on the buttons; one without a drawing of ours stays itself. */
function drawn(emoji) {
  return drawingFor(emoji) ? h("span", { class: "drawn", role: "img", "aria-label": emoji }, emojiIcon(emoji)) : emoji;
}

/** The bot draws its progress with ▰ and ▱; here every one becomes a frame of a film strip. */
function bar(cells) {
  const done = [...cells].filter((cell) => cell === "▰").length;
  const label = say("{done} of {all}", { done, all: cells.length });
  const frames = [...cells].map((cell) => h("i", { class: cell === "▰" ? "on" : null }));
  return h("span", { class: "bar", role: "img", "aria-label": label }, ...frames);
}

function momentShown(seconds, format) {
  const moment = Number(seconds) * 1000;
  return format === "R" ? howFar(moment) : `${longDate(moment)} ${clockTime(moment)}`;
}

/** A moment: far or near in words that keep counting, or a date. */
class TimeAgo extends HTMLElement {
  static observedAttributes = ["at", "format"];

  connectedCallback() {
    this.show();
    if (this.getAttribute("format") === "R") this.timer = setInterval(() => this.show(), 1000);
  }

  disconnectedCallback() {
    clearInterval(this.timer);
  }

  attributeChangedCallback() {
    if (this.isConnected) this.show();
  }

  show() {
    const shown = momentShown(this.getAttribute("at"), this.getAttribute("format"));
    if (this.textContent !== shown) this.textContent = shown;
    this.title = momentShown(this.getAttribute("at"), "f");
  }
}

customElements.define("time-ago", TimeAgo);

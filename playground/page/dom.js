// Elements, made and brought up to date. Text is always set as text, never read as HTML.

import { drawingFor, ICONS } from "./icons.js";

const SVG = "http://www.w3.org/2000/svg";

/** An element: h("p", {class: "x", "data-id": 7, onclick: f}, "text", child, null). */
export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (typeof value === "function") element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat(Infinity).filter((one) => one !== null && one !== undefined && one !== false));
  return element;
}

/** An SVG element, by the same rules. */
export function svg(tag, attributes = {}, ...children) {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

/** One of our line drawings, 20 x 20, in the colour of the text around it. */
export function icon(name) {
  const drawing = svg("svg", { class: "icon", viewBox: "0 0 20 20", "aria-hidden": "true" });
  for (const d of ICONS[name] ?? []) drawing.append(svg("path", { d }));
  return drawing;
}

/** Our drawing for an emoji, or the emoji itself where there is none. */
export function emojiIcon(emoji) {
  const name = drawingFor(emoji);
  return name ? icon(name) : h("span", { class: "emoji" }, emoji);
}

/** A button with an icon and a name that is read aloud and shown as a hint. */
export function iconButton(name, label, attributes = {}) {
  return h("button", { type: "button", class: "icon-button", "aria-label": label, title: label, ...attributes }, icon(name));
}

/** A mark to put into a sentence's field where an element shall stand. */
export const HERE = "\u0000";

/** The sentence with `node` in the place of HERE. */
export function around(sentence, node) {
  const [before, after] = sentence.split(HERE);
  return [before, node, after ?? ""];
}

/** Make `old` equal to `fresh` with as few changes as possible, so that focus, pictures and fields in use stay. */
export function morph(old, fresh) {
  if (old.nodeType !== fresh.nodeType || old.nodeName !== fresh.nodeName || keyOf(old) !== keyOf(fresh)) {
    old.replaceWith(fresh);
    return fresh;
  }
  if (old.nodeType === Node.TEXT_NODE) {
    if (old.data !== fresh.data) old.data = fresh.data;
    return old;
  }
  const custom = old.localName.includes("-"); // looks after itself, inside and out
  for (const { name } of [...old.attributes]) {
    if (!custom && !fresh.hasAttribute(name) && !KEPT.has(name)) old.removeAttribute(name);
  }
  for (const { name, value } of fresh.attributes) {
    if (old.getAttribute(name) !== value) old.setAttribute(name, value);
  }
  if (!custom) morphChildren(old, fresh);
  if (old.localName === "select" && old !== document.activeElement) old.value = fresh.value;
  return old;
}

const KEPT = new Set(["tabindex", "data-seen", "style"]); // what was done here, not what the message says

function keyOf(node) {
  return node.nodeType === Node.ELEMENT_NODE ? (node.dataset?.key ?? "") : "";
}

function morphChildren(old, fresh) {
  const keyed = new Map([...old.childNodes].filter(keyOf).map((node) => [keyOf(node), node]));
  let here = old.firstChild;
  for (const wanted of [...fresh.childNodes]) {
    const same = keyed.get(keyOf(wanted));
    if (same && same !== here) old.insertBefore(same, here);
    const current = same ?? here;
    if (!current) {
      old.append(wanted);
      continue;
    }
    if (!same && keyOf(current) && keyOf(current) !== keyOf(wanted)) {
      old.insertBefore(wanted, current);
      continue;
    }
    here = morph(current, wanted).nextSibling;
  }
  while (here) {
    const next = here.nextSibling;
    here.remove();
    here = next;
  }
}

/** `work`, put off until nobody has called for `wait` milliseconds. */
export function settled(work, wait) {
  let timer;
  return (...given) => {
    clearTimeout(timer);
    timer = setTimeout(() => work(...given), wait);
  };
}

// The messages of the present place: kept up to date, walked through with the arrow keys, answered when clicked.

import { act, goTo, react } from "./actions.js";
import { componentOf, optionsOf } from "./components.js";
import { h, iconButton, morph } from "./dom.js";
import { look } from "./media.js";
import { openChoices } from "./menu.js";
import { openMessageMenu } from "./message_menu.js";
import { asTyped } from "./mention.js";
import { isTooLong } from "./message_length.js";
import { dayLine, messageElement, momentOf } from "./message.js";
import { here, mayEnter, store } from "./store.js";
import { toast } from "./toast.js";
import { gate, welcome } from "./welcome.js";
import { say } from "./words.js";

const NEAR_PX = 120;
const FOCUSABLE = "a[href], button, select, textarea, input, pre";

let list, scroller, newest, hooks;
let active = null; // the id of the message that Tab reaches
let sticks = true;
let loading = false;

/** Build it once; `given` answers what needs other parts: {reply, command}. */
export function timeline(given) {
  hooks = given;
  list = h("div", { class: "messages", role: "log", "aria-live": "off" });
  newest = iconButton("down", say("To the newest"), { class: "icon-button newest", hidden: true, onclick: () => toNewest(true) });
  scroller = h("section", { class: "timeline", id: "timeline", tabindex: "-1" }, list);
  scroller.addEventListener("scroll", onScroll, { passive: true });
  scroller.addEventListener("click", onClick);
  scroller.addEventListener("change", onChange);
  scroller.addEventListener("keydown", onKey);
  scroller.addEventListener("focusin", ({ target }) => activate(target.closest(".message")?.dataset.id));
  scroller.addEventListener("contextmenu", onContextMenu);
  new ResizeObserver(() => sticks && toNewest()).observe(list);
  new ResizeObserver(() => sticks && toNewest()).observe(scroller);
  return [scroller, newest];
}

/** Show what the store holds now. */
export function renderTimeline() {
  const place = here();
  if (!place) return;
  scroller.setAttribute("aria-label", say("Messages in {place}", { place: place.name }));
  const fresh = h("div", { class: "messages", role: "log", "aria-live": "off" });
  if (!mayEnter(place)) fresh.append(gate(place));
  else if (!store.messages.size) fresh.append(welcome(place));
  else fresh.append(...everything());
  morph(list, fresh);
  const ids = [...store.messages.keys()];
  if (!store.messages.has(active)) active = ids.at(-1) ?? null;
  list.querySelectorAll(".message").forEach(reachable);
  if (sticks) toNewest();
}

function everything() {
  const parts = [];
  let before = null;
  for (const message of store.messages.values()) {
    const moment = momentOf(message);
    const newDay = !before || momentOf(before).toDateString() !== moment.toDateString();
    if (newDay) parts.push(dayLine(moment));
    parts.push(messageElement(message, newDay ? null : before));
    before = message;
  }
  return parts;
}

/** Forget where one was, as when another place is entered. */
export function resetTimeline() {
  active = null;
  sticks = true;
}

/** Scroll to the end and stay there. */
export function toNewest(smooth = false) {
  sticks = true;
  newest.hidden = true;
  scroller.scrollTo({ top: scroller.scrollHeight, behavior: smooth ? "smooth" : "instant" });
}

/** Follow the end again, as when an answer to oneself arrives. */
export function stay() {
  sticks = true;
}

/** Show that message, wherever it is, and put the focus on it. */
export async function jumpTo(id, place = store.place) {
  if (place !== store.place) await goTo(place);
  while (!store.messages.has(id) && store.more) await hooks.earlier();
  const found = elementOf(id);
  if (!found) return toast(say("That message is gone."));
  activate(id);
  found.focus({ preventScroll: true });
  found.scrollIntoView({ block: "center", behavior: "smooth" });
  found.classList.add("pointed-at");
  setTimeout(() => found.classList.remove("pointed-at"), 1600);
}

function elementOf(id) {
  return list.querySelector(`.message[data-id="${CSS.escape(id)}"]`);
}

async function onScroll() {
  sticks = scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight < NEAR_PX;
  newest.hidden = sticks;
  if (scroller.scrollTop > NEAR_PX || !store.more || loading) return;
  loading = true;
  try {
    await hooks.earlier();
  } finally {
    loading = false;
  }
}

// Walking with the keyboard: one message at a time can be reached with Tab, with everything in it.

function activate(id) {
  if (!id || id === active) return;
  const before = active && elementOf(active);
  active = id;
  if (before) reachable(before);
  reachable(elementOf(id));
}

function reachable(message) {
  const on = message.dataset.id === active;
  message.tabIndex = on ? 0 : -1;
  message.querySelectorAll(FOCUSABLE).forEach((one) => (one.tabIndex = on ? 0 : -1));
}

function onKey(event) {
  const message = event.target.closest(".message");
  if (event.target.closest(".editor")) return onEditorKey(event, message);
  if (event.target !== message || event.ctrlKey || event.metaKey || event.altKey) return;
  const all = [...list.querySelectorAll(".message")];
  const step = { ArrowUp: -1, ArrowDown: 1, Home: -all.length, End: all.length }[event.key];
  const id = message.dataset.id;
  if (step) focusOn(all[Math.min(Math.max(all.indexOf(message) + step, 0), all.length - 1)]);
  else if (event.key === "Enter") message.querySelector(".content button, .content a, .content select, .toolbar button")?.focus();
  else if (event.key === "r") hooks.reply(store.messages.get(id));
  else if (event.key === "m") openMessageMenu(store.messages.get(id), message.querySelector("[data-do=more]"), hooks);
  else return;
  event.preventDefault();
}

function focusOn(message) {
  activate(message.dataset.id);
  message.focus({ preventScroll: true });
  message.scrollIntoView({ block: "nearest" });
}

function onEditorKey(event, message) {
  if (event.key !== "Escape" && (event.key !== "Enter" || event.shiftKey || event.isComposing)) return;
  event.preventDefault();
  event.stopPropagation();
  const stored = store.messages.get(message.dataset.id);
  const text = event.target.value.trim();
  if (event.key === "Enter" && isTooLong(text)) return;
  stored.editing = false;
  renderTimeline();
  elementOf(stored.id)?.focus();
  if (event.key === "Enter" && text && text !== asTyped(stored.content)) act("edit", { message: stored.id, text });
}

/** Turn an own message into a field to change it in. */
export function startEditing(message) {
  message.editing = true;
  renderTimeline();
  const field = elementOf(message.id)?.querySelector("textarea");
  field?.focus();
  field?.setSelectionRange(field.value.length, field.value.length);
}

// What is clicked

function onClick({ target }) {
  const control = target.closest("[data-do]");
  if (!control || control.disabled) return;
  const message = store.messages.get(control.closest(".message")?.dataset.id);
  const { customId, emoji, place, channel, command } = control.dataset;
  switch (control.dataset.do) {
    case "press":
      return press(control, message, customId);
    case "choose":
      return choose(control, message, customId);
    case "react":
      return react(message, emoji);
    case "reply":
      return hooks.reply(message);
    case "more":
      return openMessageMenu(message, control, hooks);
    case "dismiss":
      return act("delete", { message: message.id });
    case "look":
      return control.matches(".spoiler:not([data-seen])") ? control.setAttribute("data-seen", "") : look(control);
    case "reveal":
      return control.setAttribute("data-seen", "");
    case "jump":
      return jumpTo(control.dataset.message, store.places.find((one) => one.id === channel)?.place);
    case "go":
      return goTo(place);
    case "command":
      return hooks.command(command);
    case "example":
      return hooks.example(control.dataset.prompt);
    case "enter":
      return hooks.enter();
    case "leave":
      return goTo("#gallery");
  }
}

async function press(button, message, customId) {
  button.classList.add("pressed");
  button.setAttribute("aria-busy", "true");
  await act("press", { message: message.id, custom_id: customId });
  button.classList.remove("pressed");
  button.removeAttribute("aria-busy");
}

function choose(button, message, customId) {
  const select = componentOf(message.components, customId);
  openChoices(button, { ...select, options: optionsOf(select) }, (values) => act("select", { message: message.id, custom_id: customId, values }));
}

async function onChange({ target }) {
  if (target.dataset.do !== "select") return;
  const values = [...target.selectedOptions].map((option) => option.value).filter(Boolean);
  if (values.length < Number(target.dataset.least)) return;
  const message = store.messages.get(target.closest(".message").dataset.id);
  await act("select", { message: message.id, custom_id: target.dataset.customId, values });
}

function onContextMenu(event) {
  const element = event.target.closest(".message");
  if (!element || event.target.closest("a, textarea, .chip") || getSelection().toString()) return;
  event.preventDefault();
  openMessageMenu(store.messages.get(element.dataset.id), event.clientX ? { x: event.clientX, y: event.clientY } : element, hooks);
}

/** Read what has just arrived aloud. */
export function announce(text) {
  document.getElementById("spoken").textContent = text;
}


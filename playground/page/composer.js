// Where one writes: plain messages with files and replies, and the way into commands.

import { act, mayWrite } from "./actions.js";
import { commandForm } from "./command_form.js";
import { around, h, HERE, icon, iconButton } from "./dom.js";
import { filesOf, taken } from "./file_field.js";
import { plain } from "./markdown.js";
import { memberRow, nameAt } from "./mention.js";
import { counter, isTooLong } from "./message_length.js";
import { pickList } from "./pick_list.js";
import { choices, commandRow, commandsFor, commandTyped } from "./picker.js";
import { fitting } from "./placeholder.js";
import { ask } from "./socket.js";
import { here, mayEnter, store, titleOf } from "./store.js";
import { toast } from "./toast.js";
import { toNewest } from "./timeline.js";
import { say } from "./words.js";

const MOST_FILES = 10;
const TYPING_EVERY_MS = 8000;

let root, field, grow, tray, replyBar, line, list, left, attach, typingLine;
let files = [];
let arriving = Promise.resolve();
let waiting = false;
let replyTo = null;
let form = null;
let lastTyping = 0;

/** Build it once. */
export function composer() {
  field = h("textarea", { rows: "1", enterkeyhint: "send", role: "combobox", "aria-autocomplete": "list", "aria-controls": "picker", "aria-expanded": "false" });
  grow = h("span", { class: "grow", "data-text": "" }, field);
  list = pickList(field);
  left = counter();
  tray = h("ul", { class: "tray", "aria-label": say("Files to send"), hidden: true });
  replyBar = h("div", { class: "reply-bar", hidden: true });
  typingLine = h("p", { class: "typing", "aria-live": "polite" });
  const chooser = h("input", { type: "file", multiple: true, hidden: true });
  attach = iconButton("clip", say("Add files"), { onclick: () => chooser.click() });
  chooser.onchange = () => addFiles([...chooser.files]).then(() => (chooser.value = ""));
  const slash = iconButton("slash", say("Commands"), { class: "icon-button slash", onclick: openPicker });
  const send = h("button", { type: "submit", class: "send", "aria-label": say("Send"), title: say("Send") }, icon("send"));
  line = h("form", { class: "text-line" }, attach, grow, chooser, left.element, slash, send);
  line.onsubmit = (event) => {
    event.preventDefault();
    sendText();
  };
  field.addEventListener("input", onInput);
  field.addEventListener("keydown", onKey);
  field.addEventListener("blur", () => setTimeout(() => document.activeElement !== field && list.close(), 100));
  field.addEventListener("paste", (event) => filesOf(event.clipboardData).length && (event.preventDefault(), addFiles(filesOf(event.clipboardData))));
  new ResizeObserver(renderComposer).observe(grow);
  root = h("footer", { class: "composer", id: "composer" }, h("div", { class: "desk" }, list.element, replyBar, tray, line), typingLine);
  return root;
}

/** Fit it to the present place. */
export function renderComposer() {
  const place = here();
  if (!place) return;
  const open = mayEnter(place);
  root.hidden = !open;
  field.disabled = !place.may_write;
  attach.hidden = !place.may_attach;
  const invitation = say("Write to {place}, or type / for commands", { place: titleOf(place) });
  const shorter = [say("Write, or / for commands"), say("Write, or /")];
  field.placeholder = place.may_write ? fitting(field, [invitation, ...shorter]) : say("You can read here, but not write.");
  field.setAttribute("aria-label", place.may_write ? invitation : field.placeholder);
  const now = Date.now();
  const writing = [...store.typing].filter(([, until]) => until > now).map(([name]) => name);
  typingLine.textContent = !writing.length ? "" : writing.length === 1 ? say("{name} is typing…", { name: writing[0] }) : say("{names} are typing…", { names: writing.join(", ") });
}

/** Put everything away, as when another place is entered. */
export function resetComposer() {
  closeForm();
  setReply(null);
  files = [];
  showTray();
  setText("");
}

export function focusComposer() {
  if (form) form.focus();
  else field.focus();
}

function setText(text) {
  field.value = text;
  showText();
}

function showText() {
  grow.dataset.text = field.value; // the same text behind it gives the height
  left.show(field.value);
}

function onInput() {
  showText();
  suggest();
  const now = Date.now();
  if (field.value && !field.value.startsWith("/") && now - lastTyping > TYPING_EVERY_MS && mayWrite()) {
    lastTyping = now;
    ask("type", { place: store.place }).catch(() => {});
  }
}

/** Open the list of what may be meant: people behind an @, commands behind a /; a whole command is taken at once. */
function suggest() {
  const whole = commandTyped(field.value);
  if (whole) return startCommand(whole.entry, whole.rest);
  const name = nameAt(field.value, field.selectionStart);
  if (name) list.offer(say("People"), name.found, memberRow, (one) => call(one, name.from));
  else list.offer(say("Commands"), commandsFor(field.value), commandRow, (entry) => startCommand(entry, ""));
}

function call(one, from) {
  field.setRangeText(`@${one.name} `, from, field.selectionStart, "end");
  list.close();
  showText();
  field.focus();
}

function onKey(event) {
  if (event.isComposing) return;
  if (list.key(event)) return event.preventDefault();
  if (event.key === "Enter" && !event.shiftKey) {
    event.preventDefault();
    sendText();
  } else if (event.key === "Escape" && replyTo) setReply(null);
  else if (event.key === "ArrowUp" && !field.value) {
    event.preventDefault();
    [...document.querySelectorAll(".messages .message")].at(-1)?.focus();
  }
}

function openPicker() {
  setText("/");
  field.focus();
  suggest();
}

// Commands

/** Open the form of a command by name, with options as they would be typed. */
export function startNamed(name, typed = "") {
  const entry = choices().find((one) => one.command === name);
  if (!entry) return toast(say("/{name} is not offered here.", { name }));
  startCommand(entry, typed);
  return form;
}

function startCommand(entry, typed) {
  list.close();
  setText("");
  form = commandForm(entry, typed, (sent) => {
    closeForm();
    if (sent) toNewest();
    focusComposer();
  });
  line.replaceWith(form.element);
  form.focus();
}

function closeForm() {
  if (!form) return;
  form.element.replaceWith(line);
  form = null;
}

/** Fill in /imagine and send it, as somebody would. */
export function runExample(prompt) {
  startNamed("imagine", `prompt:${prompt}`)?.send();
}

// Replies and files

/** Answer that message with the next one; null answers none. */
export function setReply(message) {
  replyTo = message;
  replyBar.hidden = !message;
  if (!message) return replyBar.replaceChildren();
  closeForm();
  const name = message.author.global_name;
  const excerpt = plain(message.text) || say("A picture");
  replyBar.replaceChildren(icon("reply"), h("span", {}, ...around(say("Replying to {name}", { name: HERE }), h("b", {}, name))), h("span", { class: "excerpt soft" }, excerpt), iconButton("close", say("Stop replying"), { onclick: () => (setReply(null), field.focus()) }));
  field.focus();
}

/** Take dropped files: into the command that is being filled in, or into the message. */
export function dropFiles(transfer) {
  if (form) {
    if (!form.takeFiles(transfer)) toast(say("This command takes no file."));
  } else addFiles(filesOf(transfer));
}

function addFiles(chosen) {
  return (arriving = arriving.then(() => uploaded(chosen)));
}

async function uploaded(chosen) {
  for (const file of chosen) {
    if (files.length >= MOST_FILES) return toast(say("A message takes {count} files at most.", { count: MOST_FILES }));
    const one = await taken(file);
    if (one) files.push(one);
    showTray();
  }
  field.focus();
}

function showTray() {
  tray.hidden = !files.length;
  tray.replaceChildren(...files.map((file) =>
    h("li", {}, file.preview ? h("img", { src: file.preview, alt: "" }) : icon("file"), h("span", {}, file.name),
      iconButton("close", say("Remove {name}", { name: file.name }), { onclick: () => ((files = files.filter((one) => one !== file)), showTray(), field.focus()) }))));
}

async function sendText() {
  if (waiting) return;
  waiting = true;
  await arriving; // what was just dropped belongs to this message
  waiting = false;
  const text = field.value.trim();
  if (text.startsWith("/") && choices().some((one) => text === `/${one.title}`)) return startCommand(choices().find((one) => text === `/${one.title}`), "");
  if ((!text && !files.length) || isTooLong(text)) return;
  if (!mayWrite()) return toast(say("The connection is gone for a moment. Try again when it is back."));
  const kept = { text: field.value, files, replyTo };
  const asked = { place: store.place, text, files: files.map((one) => one.upload), reply_to: replyTo?.id };
  setText("");
  setReply(null);
  files = [];
  showTray();
  toNewest();
  if (await act("say", asked)) return;
  setText(kept.text);
  files = kept.files;
  showTray();
  if (kept.replyTo) setReply(kept.replyTo);
}

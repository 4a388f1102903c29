// One option of a command as a chip: a name and a field of the kind Discord's client would show.

import { sentenceOf } from "./actions.js";
import { fileField } from "./file_field.js";
import { h, iconButton, settled } from "./dom.js";
import { descriptionOf, nameOf } from "./picker.js";
import { ask, Refused } from "./socket.js";
import { store } from "./store.js";
import { say } from "./words.js";

const STRING = 3, INTEGER = 4, BOOLEAN = 5, USER = 6, CHANNEL = 7, ROLE = 8, MENTIONABLE = 9, NUMBER = 10, ATTACHMENT = 11;
const TYPING_MS = 250;

/** {element, spec, value(), settled(), wrong(), focus()}; `remove` is called when the chip is taken away, null keeps it. */
export function optionField(spec, { remove, given, soFar }) {
  const kind = control(spec, given, soFar, (sentence) => complain(sentence));
  const name = nameOf(spec);
  kind.input.setAttribute("aria-label", `${name}. ${descriptionOf(spec)}`);
  kind.input.dataset.option = spec.name;
  const away = remove && iconButton("close", say("Remove {name}", { name }), { onclick: remove });
  const trouble = h("span", { class: "trouble", role: "alert" });
  const element = h("div", { class: `chip${spec.required ? " required" : ""}${spec.type === STRING && !spec.choices ? " long" : ""}`, "data-option": spec.name }, h("span", { class: "chip-name" }, name), kind.element, away, trouble);
  kind.input.addEventListener("input", () => complain(""));
  kind.input.addEventListener("keydown", (event) => {
    if (event.key === "Backspace" && remove && kind.input.value === "" && kind.input.localName !== "select") {
      event.preventDefault();
      remove();
    }
  });
  const complain = (sentence) => {
    trouble.textContent = sentence;
    element.classList.toggle("wrong", Boolean(sentence));
    kind.input.setAttribute("aria-invalid", String(Boolean(sentence)));
  };
  return {
    element, spec, complain,
    value: kind.value,
    settled: async () => kind.settled?.(),
    typed: () => kind.input.value,
    wrong: () => kind.wrong?.() || check(spec, name, kind.value()),
    focus: () => kind.input.focus(),
    take: kind.take,
  };
}

function control(spec, given, soFar, complain) {
  // Discord takes any file; where the option says it wants a picture, the dialog shows those.
  if (spec.type === ATTACHMENT) return fileField({ accept: spec.name === "image" ? "image/*" : "", complain });
  if (spec.choices?.length) return chooser(spec.choices.map((one) => [String(one.value), nameOf(one)]), given);
  if (spec.type === BOOLEAN) return truth(given);
  if (spec.type === USER || spec.type === MENTIONABLE) return chooser(Object.values(store.names).map((name) => [name, `@${name}`]), given);
  if (spec.type === CHANNEL) return chooser(store.places.filter((one) => one.kind !== "private").map((one) => [one.place, `#${one.name}`]), given);
  if (spec.autocomplete) return completed(spec, given, soFar);
  if (spec.type === STRING || spec.type === ROLE) return text(given);
  const input = h("input", { inputmode: spec.type === NUMBER ? "decimal" : "numeric", autocomplete: "off", value: given, size: "4", placeholder: rangeOf(spec) });
  return { element: input, input, value: () => (input.value.trim() === "" ? undefined : Number(input.value.replace(",", "."))) };
}

function rangeOf({ min_value: least, max_value: most }) {
  return least !== undefined && most !== undefined && most - least < 1000 ? `${least}–${most}` : "";
}

function text(given) {
  const input = h("textarea", { rows: "1", spellcheck: "false", enterkeyhint: "send" }, given ?? "");
  const box = h("span", { class: "grow", "data-text": given ?? "" }, input); // the same text behind it gives the height
  input.addEventListener("input", () => (box.dataset.text = input.value));
  return { element: box, input, value: () => input.value.trim() || undefined };
}

function chooser(pairs, given) {
  const input = h("select", {}, h("option", { value: "", hidden: "", selected: given ? null : true }, "…"), ...pairs.map(([value, label]) => h("option", { value, selected: [value, label].includes(given) || null }, label)));
  return { element: input, input, value: () => input.value || undefined };
}

function truth(given) {
  const no = ["false", "no"].includes(String(given ?? "").toLowerCase());
  const input = h("select", {}, h("option", { value: "true", selected: no ? null : true }, say("Yes")), h("option", { value: "false", selected: no || null }, say("No")));
  return { element: input, input, value: () => input.value === "true" };
}

// Suggestions come from the bot, a moment after the last key.
function completed(spec, given, soFar) {
  const input = h("input", { autocomplete: "off", value: given, role: "combobox", "aria-autocomplete": "list", "aria-expanded": "false", placeholder: say("Type to search") });
  const list = h("div", { class: "suggestions", role: "listbox", hidden: true });
  const box = h("span", { class: "completing" }, input, list);
  let chosen = given;
  let found = [];
  let at = 0;
  const show = () => {
    list.hidden = !found.length && !list.dataset.note;
    input.setAttribute("aria-expanded", String(!list.hidden));
    list.replaceChildren(...(found.length ? found.map(row) : [h("p", { class: "soft" }, list.dataset.note ?? "")]));
  };
  const row = (one, index) => {
    const item = h("div", { class: "suggestion", role: "option", "aria-selected": String(index === at) }, one.name);
    item.onpointerdown = (event) => event.preventDefault();
    item.onclick = () => take(one);
    return item;
  };
  const take = (one) => {
    chosen = one.value;
    input.value = one.name;
    hide();
  };
  const hide = () => {
    found = [];
    delete list.dataset.note;
    show();
  };
  const search = settled(async () => {
    const { command, options } = soFar();
    const others = options.filter((one) => one.name !== spec.name);
    try {
      const { choices } = await ask("complete", { place: store.place, command: `/${command}`, options: [...others, { name: spec.name, value: input.value }] });
      if (document.activeElement !== input) return;
      found = choices;
      at = 0;
      list.dataset.note = choices.length ? "" : say("Nothing matches. You can still send what you typed.");
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      list.dataset.note = sentenceOf(error);
    }
    show();
  }, TYPING_MS);
  input.addEventListener("input", () => ((chosen = undefined), search()));
  input.addEventListener("focus", search);
  input.addEventListener("blur", hide);
  input.addEventListener("keydown", (event) => {
    if (list.hidden || !found.length) return;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") at = (at + (event.key === "ArrowDown" ? 1 : -1) + found.length) % found.length;
    else if (event.key === "Enter") take(found[at]);
    else if (event.key === "Escape") hide();
    else return;
    event.preventDefault();
    event.stopPropagation();
    if (found.length) show();
  });
  return { element: box, input, value: () => chosen ?? (input.value.trim() || undefined) };
}

// What Discord's client would not send, in a sentence; empty when all is well.
function check(spec, name, value) {
  if (value === undefined) return spec.required ? say("{name} is needed", { name }) : say("Fill in {name}, or remove it", { name });
  if (spec.type === INTEGER && !Number.isSafeInteger(value)) return say("{name} takes a whole number", { name });
  if (spec.type === NUMBER && !Number.isFinite(value)) return say("{name} takes a number", { name });
  const { min_value: least = -Infinity, max_value: most = Infinity, min_length: shortest = 0, max_length: longest = 6000 } = spec;
  if (typeof value === "number" && (value < least || value > most)) return say("{name} takes {least} to {most}", { name, least, most });
  if (typeof value === "string" && value.length < shortest) return say("{name} takes at least {count} characters", { name, count: shortest });
  if (typeof value === "string" && [...value].length > longest) return say("{name} takes at most {count} characters", { name, count: longest });
  return "";
}

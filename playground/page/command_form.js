// A chosen command as a form of chips: what is needed first, what can be added below.

import { act } from "./actions.js";
import { h, icon, iconButton } from "./dom.js";
import { filesOf } from "./file_field.js";
import { optionField } from "./option_field.js";
import { descriptionOf, nameOf } from "./picker.js";
import { store } from "./store.js";
import { say } from "./words.js";

const ATTACHMENT = 11;
const PASTED = /\b(?:Negative prompt:|Steps:\s*[0-9]+,)/; // where A1111's text begins

/** The form for `entry`, with what was typed behind its name filled in; `done(sent)` is called at its end. */
export function commandForm(entry, typed, done) {
  const fields = [];
  const chips = h("div", { class: "chips" });
  const extras = h("div", { class: "extras" });
  const hint = h("p", { class: "hint", "aria-hidden": "true" });
  const send = h("button", { type: "submit", class: "send", "aria-label": say("Send"), title: say("Send") }, icon("send"));
  const form = h("form", { class: "command-form", "aria-label": `/${entry.title}` },
    h("div", { class: "command-line" }, iconButton("close", say("Put the command away"), { onclick: () => done(false) }), h("b", { class: "command-name" }, `/${entry.title}`), chips, send),
    h("div", { class: "command-below" }, hint, extras));

  const soFar = () => ({ command: entry.command, options: fields.map((one) => ({ name: one.spec.name, value: one.typed() })).filter((one) => one.value) });
  const add = (spec, given) => {
    const remove = spec.required ? null : () => take(field);
    const field = optionField(spec, { remove, given, soFar });
    fields.push(field);
    chips.append(field.element);
    showExtras();
    return field;
  };
  const take = (field) => {
    const at = fields.indexOf(field);
    fields.splice(at, 1);
    field.element.remove();
    showExtras();
    (fields[at - 1] ?? fields[0])?.focus();
    if (!fields.length) extras.querySelector("button")?.focus();
  };
  const showExtras = () => {
    const missing = entry.options.filter((spec) => !fields.some((one) => one.spec === spec));
    extras.replaceChildren(...missing.map((spec) => h("button", { type: "button", class: "extra", title: descriptionOf(spec), onclick: () => add(spec).focus() }, icon("plus"), nameOf(spec))));
  };

  for (const spec of entry.options.filter((one) => one.required)) add(spec);
  for (const [spec, given] of parsed(typed, entry.options)) {
    const present = fields.find((one) => one.spec === spec);
    if (present) replace(fields, present, optionField(spec, { remove: null, given, soFar }));
    else add(spec, given);
  }
  showExtras();

  form.addEventListener("focusin", ({ target }) => {
    const spec = fields.find((one) => one.element.contains(target))?.spec;
    hint.textContent = spec ? descriptionOf(spec) : entry.description;
  });
  form.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing && event.target.matches("input, textarea, select")) {
      event.preventDefault();
      form.requestSubmit();
    }
    if (event.key === "Escape") done(false);
  });
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (form.getAttribute("aria-busy")) return;
    form.setAttribute("aria-busy", "true");
    await Promise.all(fields.map((one) => one.settled()));
    await sendOff();
    form.removeAttribute("aria-busy");
  });
  const sendOff = async () => {
    const wrong = fields.filter((one) => {
      const sentence = one.wrong();
      one.complain(sentence);
      return sentence;
    });
    if (wrong.length) return wrong[0].focus();
    const options = Object.fromEntries(fields.map((one) => [one.spec.name, one.value()]));
    if (await act("slash", { place: store.place, command: `/${entry.command}`, options })) done(true);
  };
  hint.textContent = entry.description;

  return {
    element: form,
    focus: () => (fields.find((one) => !one.typed()) ?? fields.at(-1) ?? { focus: () => send.focus() }).focus(),
    send: () => form.requestSubmit(),
    /** A file dropped anywhere goes to the command's own file option. */
    takeFiles(transfer) {
      const spec = entry.options.find((one) => one.type === ATTACHMENT);
      const [file] = filesOf(transfer);
      if (!spec || !file) return false;
      (fields.find((one) => one.spec === spec) ?? add(spec)).take([file]);
      return true;
    },
  };
}

function replace(fields, old, fresh) {
  old.element.replaceWith(fresh.element);
  fields[fields.indexOf(old)] = fresh;
}

/**
 * "1girl, smile seed:7" by option: a value runs to the next name of an option, what comes before any is the first's.
 * A name counts once, behind a space and written as it is; none does in A1111's text, which people paste whole, from its
 * negative prompt or its steps on.
 */
function parsed(typed, options) {
  const names = new Map(options.flatMap((spec) => [[spec.name, spec], [nameOf(spec), spec]]));
  const seen = new Set();
  const counts = ([, name]) => names.has(name) && !seen.has(names.get(name)) && seen.add(names.get(name));
  const ours = typed.slice(0, PASTED.exec(typed)?.index);
  const starts = [...ours.matchAll(/(?:^|\s)([\p{L}\p{N}_-]+):/gu)].filter(counts);
  const first = options.find((one) => one.required);
  const before = typed.slice(0, starts[0]?.index).trim();
  const given = starts.map((start, n) => [names.get(start[1]), typed.slice(start.index + start[0].length, starts[n + 1]?.index).trim()]);
  if (before && first && !given.some(([spec]) => spec === first)) given.unshift([first, before]);
  return given.filter(([spec]) => spec.type !== ATTACHMENT);
}

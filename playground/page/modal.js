// A form that the bot opens: its fields, what is wrong with them, and sending it.

import { sentenceOf } from "./actions.js";
import { h, iconButton } from "./dom.js";
import { fileField } from "./file_field.js";
import { markdown } from "./markdown.js";
import { ask, Refused } from "./socket.js";
import { store } from "./store.js";
import { say } from "./words.js";

const ROW = 1, TEXT_INPUT = 4, TEXT = 10, LABEL = 18, FILES = 19, RADIO = 21, CHECKBOXES = 22, CHECKBOX = 23;
const LONG = 2;
let count = 0;

/** Open the form; it stays until it is sent or left. */
export function openForm(described) {
  const fields = [];
  const body = described.components.map((one) => part(one, fields));
  const trouble = h("p", { class: "trouble", role: "alert" });
  const send = h("button", { type: "submit", class: "button primary" }, say("Send"));
  const leave = h("button", { type: "button", class: "button secondary" }, say("Cancel"));
  const form = h("form", { method: "dialog", novalidate: true },
    h("header", {}, h("h2", { id: "form-title" }, described.title), iconButton("close", say("Close"), { onclick: () => dialog.close() })),
    h("div", { class: "fields" }, ...body),
    h("footer", {}, trouble, leave, send));
  const dialog = h("dialog", { class: "form-dialog", "aria-labelledby": "form-title" }, form);
  leave.onclick = () => dialog.close();
  dialog.onclose = () => {
    dialog.remove();
    // The browser gives the focus back by itself, unless what had it is gone.
    if (document.activeElement === document.body) document.querySelector("#composer textarea")?.focus();
  };
  form.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) form.requestSubmit();
  });
  const ready = () => {
    send.removeAttribute("aria-busy");
    send.disabled = false;
  };
  form.onsubmit = async (event) => {
    event.preventDefault();
    if (send.disabled) return;
    send.setAttribute("aria-busy", "true");
    send.disabled = true;
    await Promise.all(fields.map((one) => one.settled()));
    const wrong = fields.filter((one) => one.complain());
    if (wrong.length) {
      ready();
      return wrong[0].focus();
    }
    trouble.textContent = "";
    try {
      const values = Object.fromEntries(fields.map((one) => [one.id, one.value()]).filter(([, value]) => value !== undefined));
      const result = await ask("submit", { form: described.form, values });
      if (result.failed) throw new Refused(result.failed);
      dialog.close();
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      trouble.textContent = sentenceOf(error);
    } finally {
      ready();
    }
  };
  document.body.append(dialog);
  dialog.showModal();
  fields[0]?.focus();
}

function part(one, fields) {
  if (one.type === TEXT) return h("div", { class: "text" }, ...markdown(one.content));
  if (one.type === ROW) return one.components.map((inner) => labelled(inner, inner.label, null, fields));
  return one.type === LABEL ? labelled(one.component, one.label, one.description, fields) : null;
}

function labelled(component, label, description, fields) {
  const id = `field-${++count}`;
  const needed = component.required ?? component.type !== CHECKBOX;
  const kind = control(component, id, label, (sentence) => tell(sentence));
  const trouble = h("p", { class: "trouble", id: `${id}-trouble`, role: "alert" });
  const group = [RADIO, CHECKBOXES].includes(component.type);
  const name = h(group ? "legend" : "label", { for: group ? null : id, class: "field-name" }, label, needed ? null : h("span", { class: "soft" }, ` ${say("(may stay empty)")}`));
  const hint = description ? h("p", { class: "field-hint", id: `${id}-hint` }, description) : null;
  const element = h(group ? "fieldset" : "div", { class: "form-field" }, name, hint, kind.element, trouble);
  kind.focusOn.setAttribute("aria-describedby", `${id}-hint ${id}-trouble`);
  const tell = (sentence) => {
    trouble.textContent = sentence;
    element.classList.toggle("wrong", Boolean(sentence));
    kind.focusOn.setAttribute("aria-invalid", String(Boolean(sentence)));
  };
  fields.push({
    id: component.custom_id,
    value: kind.value,
    settled: async () => kind.settled?.(),
    focus: () => kind.focusOn.focus(),
    complain() {
      const sentence = kind.wrong(needed);
      tell(sentence);
      return sentence;
    },
  });
  element.addEventListener("input", () => {
    trouble.textContent = "";
    element.classList.remove("wrong");
  });
  return element;
}

function control(component, id, label, complain) {
  switch (component.type) {
    case TEXT_INPUT:
      return text(component, id);
    case FILES:
      return files(component, complain);
    case RADIO:
    case CHECKBOXES:
      return options(component, id);
    case CHECKBOX:
      return tick(component, id, label);
    default:
      return select(component, id);
  }
}

function text(component, id) {
  const { value = "", placeholder, min_length: least = 0, max_length: most = 4000 } = component;
  const long = component.style === LONG;
  const attributes = { id, placeholder, spellcheck: "false", autocomplete: "off" };
  const input = long ? h("textarea", { ...attributes, rows: "3" }, value ?? "") : h("input", { ...attributes, value });
  const box = long ? h("span", { class: "grow", "data-text": value ?? "" }, input) : input;
  if (long) input.addEventListener("input", () => (box.dataset.text = input.value));
  const wrong = (needed) => {
    if (needed && !input.value.trim()) return say("Write something here.");
    if (input.value && input.value.length < least) return say("At least {count} characters.", { count: least });
    return [...input.value].length > most ? say("At most {count} characters.", { count: most }) : "";
  };
  return { element: box, focusOn: input, value: () => input.value, wrong };
}

function files(component, complain) {
  const { min_values: least = 1, max_values: most = 1 } = component;
  const field = fileField({ most, several: true, accept: "", complain });
  const wrong = (needed) => (needed && field.count() < Math.max(least, 1) ? field.wrong() || say("Choose a file.") : "");
  return { element: field.element, focusOn: field.input, value: field.value, settled: field.settled, wrong };
}

function options(component, id) {
  const radio = component.type === RADIO;
  const inputs = component.options.map((one) => h("input", { type: radio ? "radio" : "checkbox", name: id, value: one.value, checked: one.default || null }));
  const rows = component.options.map((one, n) => h("label", { class: "option" }, inputs[n], h("span", { class: "option-mark", "aria-hidden": "true" }), h("span", {}, one.label, one.description ? h("small", {}, one.description) : null)));
  const chosen = () => inputs.filter((one) => one.checked).map((one) => one.value);
  const { min_values: least = 1, max_values: most = inputs.length } = component;
  const wrong = (needed) => {
    if (needed && chosen().length < (radio ? 1 : least)) return say("Choose one.");
    return !radio && chosen().length > most ? say("At most {count}.", { count: most }) : "";
  };
  const value = () => (radio ? chosen()[0] : chosen());
  return { element: h("div", { class: "options" }, ...rows), focusOn: inputs.find((one) => one.checked) ?? inputs[0], value, wrong };
}

function tick(component, id, label) {
  const input = h("input", { type: "checkbox", id, checked: component.default || null, "aria-label": label });
  return { element: h("span", { class: "option" }, input, h("span", { class: "option-mark", "aria-hidden": "true" })), focusOn: input, value: () => input.checked, wrong: () => "" };
}

function select(component, id) {
  const { min_values: least = 1, max_values: most = 1, placeholder } = component;
  const all = component.options ?? Object.values(store.names).map((name) => ({ value: name, label: name }));
  const chosen = all.some((one) => one.default);
  const empty = most > 1 ? [] : [h("option", { value: "", selected: chosen ? null : true }, placeholder || "–")];
  const input = h("select", { id, multiple: most > 1 }, ...empty, ...all.map((one) => h("option", { value: one.value, selected: one.default || null }, one.label)));
  const value = () => [...input.selectedOptions].map((one) => one.value).filter(Boolean);
  const wrong = (needed) => {
    if (needed && value().length < least) return say("Choose one.");
    return value().length > most ? say("At most {count}.", { count: most }) : "";
  };
  return { element: h("span", { class: "select" }, input), focusOn: input, value, wrong };
}


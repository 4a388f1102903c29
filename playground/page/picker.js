// The list that opens while a command's name is typed.

import { seal } from "./avatar.js";
import { h, svg } from "./dom.js";
import { store } from "./store.js";
import { say } from "./words.js";

/** A command's name in the person's language. */
export function nameOf(item) {
  return item.name_localizations?.[store.me?.locale] ?? item.name;
}

/** Its description in the person's language. */
export function descriptionOf(item) {
  return item.description_localizations?.[store.me?.locale] ?? item.description;
}

/** Commands, and below groups their subcommands, as flat entries {command, path, options, title, description}. */
export function choices() {
  const all = store.commands.flatMap((command) => below(command, [command]));
  const asks = (entry) => entry.options.some((one) => one.required); // those that make something come first
  return [...all.filter(asks), ...all.filter((entry) => !asks(entry))];
}

function below(item, path) {
  const groups = (item.options ?? []).filter((one) => one.type === 1 || one.type === 2);
  if (groups.length) return groups.flatMap((one) => below(one, [...path, one]));
  return [{ command: path.map((one) => one.name).join(" "), options: item.options ?? [], title: path.map(nameOf).join(" "), description: descriptionOf(item) }];
}

/** The list itself; `field` is the text box it belongs to, `choose(entry, rest)` is told what was taken. */
export function picker(field, choose) {
  const list = h("div", { class: "picker", role: "listbox", id: "picker", "aria-label": say("Commands"), hidden: true });
  let entries = [];
  let at = 0;

  const show = () => {
    list.hidden = entries.length === 0;
    field.setAttribute("aria-expanded", String(!list.hidden));
    list.replaceChildren(...entries.map(row));
    field.setAttribute("aria-activedescendant", list.hidden ? "" : `command-${at}`);
    list.children[at]?.scrollIntoView({ block: "nearest" });
  };
  const row = (entry, index) => {
    const drawing = svg("svg", { class: "avatar", viewBox: "0 0 40 40", "aria-hidden": "true" });
    drawing.append(...seal());
    const options = entry.options.map((one) => h("i", { class: one.required ? "required" : null }, nameOf(one)));
    const item = h("div", { class: "picker-row", role: "option", id: `command-${index}`, "aria-selected": String(index === at) },
      drawing, h("span", { class: "picker-words" }, h("b", {}, `/${entry.title}`), h("span", { class: "soft" }, entry.description)), h("span", { class: "picker-options" }, ...options));
    item.onpointerdown = (event) => event.preventDefault(); // the text box keeps the focus
    item.onclick = () => choose(entry, "");
    item.onpointermove = () => index !== at && ((at = index), show());
    return item;
  };

  return {
    element: list,
    /** Follow what is typed; a whole name and a space take the command at once. */
    update(text) {
      const typed = text.startsWith("/") ? text.slice(1).toLowerCase() : null;
      const whole = typed !== null && choices().find((one) => [one.title, one.command].some((name) => typed.startsWith(`${name.toLowerCase()} `)));
      if (whole) {
        entries = [];
        show();
        const name = [whole.title, whole.command].find((one) => typed.startsWith(`${one.toLowerCase()} `));
        return choose(whole, text.slice(name.length + 2));
      }
      entries = typed === null || text.includes("\n") ? [] : choices().filter((one) => one.title.includes(typed) || one.command.includes(typed));
      at = 0;
      show();
    },
    /** Whether the key was for the list. */
    key(event) {
      if (list.hidden) return false;
      if (event.key === "ArrowDown" || event.key === "ArrowUp") {
        at = (at + (event.key === "ArrowDown" ? 1 : -1) + entries.length) % entries.length;
        show();
      } else if (event.key === "Enter" || event.key === "Tab") choose(entries[at], "");
      else if (event.key === "Escape") this.close();
      else return false;
      return true;
    },
    close() {
      entries = [];
      show();
    },
  };
}

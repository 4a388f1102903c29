// The commands that are offered, and which of them is meant by what is typed.

import { seal } from "./avatar.js";
import { h, svg } from "./dom.js";
import { store } from "./store.js";

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

/** The command whose whole name is typed, with a space behind it: {entry, rest}; null if there is none. */
export function commandTyped(text) {
  const starts = (name) => text.toLowerCase().startsWith(`/${name.toLowerCase()} `);
  const entry = choices().find((one) => starts(one.title) || starts(one.command));
  return entry ? { entry, rest: text.slice([entry.title, entry.command].find(starts).length + 2) } : null;
}

/** The commands that what is typed may become. */
export function commandsFor(text) {
  if (!text.startsWith("/") || text.includes("\n")) return [];
  const typed = text.slice(1).toLowerCase();
  return choices().filter((one) => one.title.includes(typed) || one.command.includes(typed));
}

/** A command as a row of the list. */
export function commandRow(entry) {
  const drawing = svg("svg", { class: "avatar", viewBox: "0 0 40 40", "aria-hidden": "true" });
  drawing.append(...seal());
  const options = entry.options.map((one) => h("i", { class: one.required ? "required" : null }, nameOf(one)));
  return [drawing, h("span", { class: "picker-words" }, h("b", {}, `/${entry.title}`), h("span", { class: "soft" }, entry.description)), h("span", { class: "picker-options" }, ...options)];
}

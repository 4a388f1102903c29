// A message's components, classic and V2, and its embeds, as elements; what they do is named in data-do.

import { emojiIcon, h, icon } from "./dom.js";
import { jumpOf, markdown } from "./markdown.js";
import { gallery, local } from "./media.js";
import { here, store } from "./store.js";
import { fileSize, say } from "./words.js";

const ROW = 1, BUTTON = 2, STRING_SELECT = 3, SECTION = 9, TEXT = 10, THUMBNAIL = 11, GALLERY = 12, FILE = 13, SEPARATOR = 14, CONTAINER = 17;
const STYLES = { 1: "primary", 2: "secondary", 3: "success", 4: "danger", 5: "secondary" };
const PICTURE = /^image\//;

/** All components of a message, in order. */
export function components(list) {
  return list.map(component).filter(Boolean);
}

function component(one) {
  const key = `${one.type}-${one.id ?? ""}`;
  switch (one.type) {
    case ROW:
      return h("div", { class: "row", "data-key": key }, ...components(one.components));
    case BUTTON:
      return button(one);
    case SECTION:
      return h("div", { class: "section", "data-key": key }, h("div", { class: "section-text" }, ...components(one.components)), component(one.accessory));
    case TEXT:
      return h("div", { class: "text", "data-key": key }, ...markdown(one.content));
    case THUMBNAIL:
      return gallery([{ ...one.media, description: one.description, spoiler: one.spoiler }]);
    case GALLERY:
      return gallery(one.items.map((item) => ({ ...item.media, description: item.description, spoiler: item.spoiler })));
    case FILE:
      return file({ url: one.file.url, filename: one.name, size: one.size });
    case SEPARATOR:
      return h("hr", { class: one.divider === false ? "gap" : "line", "data-key": key });
    case CONTAINER:
      return container(one, key);
    default:
      return [STRING_SELECT, 5, 6, 7, 8].includes(one.type) ? select(one) : null;
  }
}

function container(one, key) {
  const box = h("div", { class: `container${one.spoiler ? " spoiler" : ""}`, "data-key": key }, ...components(one.components));
  if (one.accent_color !== null && one.accent_color !== undefined) {
    box.dataset.accent = nearest(one.accent_color);
  }
  return box;
}

// The page's own pencils; a colour of the bot's takes the one that comes closest.
const PENCILS = { blue: [91, 141, 239], rose: [229, 143, 177], grey: [138, 143, 152], red: [219, 83, 62], green: [92, 166, 112], gold: [222, 172, 72] };

function nearest(colour) {
  const parts = [colour >> 16, (colour >> 8) & 255, colour & 255];
  const distance = (pencil) => pencil.reduce((sum, part, n) => sum + (part - parts[n]) ** 2, 0);
  return Object.keys(PENCILS).reduce((best, name) => (distance(PENCILS[name]) < distance(PENCILS[best]) ? name : best));
}

function button(one) {
  const drawing = one.emoji && emojiIcon(one.emoji.name);
  const label = one.label ? h("span", {}, one.label) : null;
  const style = `button ${STYLES[one.style] ?? "secondary"}`;
  if (one.style === 5) {
    const jump = jumpOf(one.url);
    if (jump) return h("button", { type: "button", class: style, ...jump }, drawing, label);
    return h("a", { class: style, href: one.url, target: "_blank", rel: "noopener noreferrer" }, drawing, label, icon("out"));
  }
  const name = one.label ? null : one.emoji?.name;
  return h(
    "button",
    { type: "button", class: style, "data-do": "press", "data-custom-id": one.custom_id, disabled: one.disabled, "aria-label": name, "data-key": one.custom_id },
    drawing,
    label,
  );
}

function select(one) {
  const options = optionsOf(one);
  const chosen = options.filter((option) => option.default).map((option) => option.label);
  const prompt = one.placeholder || say("Choose…");
  const shared = { "data-custom-id": one.custom_id, disabled: one.disabled, "aria-label": prompt, "data-key": one.custom_id };
  if ((one.max_values ?? 1) > 1) {
    return h("div", { class: "select" }, h("button", { type: "button", class: "select-button", "data-do": "choose", "aria-haspopup": "menu", ...shared }, chosen.join(", ") || prompt));
  }
  const box = h("select", { "data-do": "select", "data-least": one.min_values ?? 1, ...shared },
    h("option", { value: "", hidden: one.min_values === 0 ? null : "", selected: chosen.length ? null : true }, prompt),
    ...options.map((option) => h("option", { value: option.value, selected: option.default, title: option.description }, option.label)));
  return h("div", { class: "select" }, box);
}

/** What can be chosen: the bot's own options, or people and places. */
export function optionsOf(select) {
  if (select.options) return select.options;
  const chosen = new Set((select.default_values ?? []).map((one) => one.id));
  return offeredBy(select).map((one) => ({ ...one, default: chosen.has(one.id) }));
}

/** The component of that custom_id among these, wherever it is. */
export function componentOf(list, customId) {
  for (const one of list ?? []) {
    const found = one.custom_id === customId ? one : (componentOf(one.components, customId) ?? componentOf(one.accessory ? [one.accessory] : [], customId));
    if (found) return found;
  }
  return null;
}

function offeredBy({ type, channel_types: kinds }) {
  const { server } = here() ?? {};
  const roles = store.roles.filter((one) => one.server === server).map(({ id, name }) => ({ id, value: name, label: name }));
  const people = Object.entries(store.names).map(([id, name]) => ({ id, value: name, label: name }));
  if (type === 8) {
    const kind = (one) => (one.kind === "thread" ? 11 : 0);
    return store.places.filter((one) => one.server === server && (!kinds?.length || kinds.includes(kind(one)))).map((one) => ({ id: one.id, value: one.place, label: `#${one.name}` }));
  }
  return type === 6 ? roles : type === 7 ? [...people, ...roles] : people;
}

/** Files that were sent along: pictures to see, anything else to save. */
export function attachments(files) {
  const pictures = files.filter((one) => PICTURE.test(one.content_type ?? ""));
  const others = files.filter((one) => !PICTURE.test(one.content_type ?? ""));
  const shown = pictures.map((one) => ({ ...one, spoiler: one.filename.startsWith("SPOILER_") }));
  return [...(shown.length ? [gallery(shown)] : []), ...others.map(file)];
}

function file({ url, filename, size }) {
  return h("a", { class: "file", href: local(url), download: filename, target: "_blank", rel: "noopener" }, icon("file"), h("span", { class: "file-name" }, filename), size ? h("span", { class: "soft" }, fileSize(size)) : null);
}

/** An embed, plainly. */
export function embed(one) {
  const image = one.image ?? one.thumbnail;
  return h(
    "div",
    { class: "container", "data-accent": one.color ? nearest(one.color) : "grey" },
    one.author?.name ? h("p", { class: "small" }, one.author.name) : null,
    one.title ? h("p", { class: "heading heading-3" }, one.title) : null,
    ...(one.description ? markdown(one.description) : []),
    ...(one.fields ?? []).map((field) => h("div", { class: "field" }, h("strong", {}, field.name), ...markdown(field.value))),
    image?.url ? gallery([image]) : null,
    one.footer?.text ? h("p", { class: "small" }, one.footer.text) : null,
  );
}

// The left side: where one can go, and who one is.

import { goTo } from "./actions.js";
import { avatar, seal } from "./avatar.js";
import { h, icon, iconButton, morph, svg } from "./dom.js";
import { store } from "./store.js";
import { say } from "./words.js";

const THEME = "genga:theme";

let root, hooks;

/** Build it once; `given.become(name)` makes the page another person's. */
export function sidebar(given) {
  hooks = given;
  root = h("nav", { class: "sidebar", id: "sidebar" });
  root.addEventListener("click", ({ target }) => {
    const control = target.closest("[data-go], [data-become], [data-theme-button]");
    if (!control) return;
    if (control.dataset.go) goTo(control.dataset.go);
    else if (control.dataset.become) hooks.become(control.dataset.become);
    else turnTheme();
  });
  root.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const all = [...root.querySelectorAll("[data-go]")];
    const at = all.indexOf(document.activeElement);
    if (!step || at < 0) return;
    event.preventDefault();
    all[(at + step + all.length) % all.length].focus();
  });
  applyTheme();
  return root;
}

/** Show what the store holds now. */
export function renderSidebar() {
  root.setAttribute("aria-label", say("Places"));
  const inServer = store.places.filter((one) => one.kind !== "private");
  const servers = [...new Set(inServer.map((one) => one.server))];
  const groups = servers.map((server) => group(server, inServer.filter((one) => one.server === server)));
  groups.push(group(say("Direct messages"), store.places.filter((one) => one.kind === "private")));
  morph(root, h("nav", { class: root.className, id: "sidebar", "aria-label": say("Places") }, brand(), h("div", { class: "places" }, ...groups), whoIAm()));
}

function brand() {
  const stamp = svg("svg", { class: "stamp", viewBox: "0 0 40 40", "aria-hidden": "true" });
  stamp.append(...seal());
  const dark = document.documentElement.dataset.theme === "night";
  return h("header", { class: "brand" }, stamp, h("h1", {}, "Genga"), iconButton(dark ? "sun" : "moon", dark ? say("Day colours") : say("Night colours"), { "data-theme-button": "yes" }));
}

function group(title, places) {
  return h("section", { "data-key": title }, h("h2", {}, title), h("ul", {}, ...places.map(row)));
}

function row(place) {
  const present = place.place === store.place;
  const unread = present ? 0 : (store.unread.get(place.place) ?? 0);
  const mark = place.kind === "private" ? avatar(place.with) : icon(place.kind === "thread" ? "thread" : "hash");
  return h(
    "li",
    { class: place.kind, "data-key": place.id },
    h("button", { type: "button", class: `place${present ? " present" : ""}${unread ? " unread" : ""}`, "data-go": place.place, "aria-current": present ? "page" : null },
      mark,
      h("span", { class: "place-name" }, place.name),
      place.with?.bot ? h("span", { class: `dot ${store.online ? "on" : "off"}`, title: store.online ? say("Online") : say("Offline") }) : null,
      place.adults_only && place.kind === "channel" ? h("span", { class: "adults", title: say("For adults") }, "18+") : null,
      unread ? h("span", { class: "count", "aria-label": say("{count} new", { count: unread }) }, String(unread)) : null),
  );
}

function whoIAm() {
  const faces = store.people.map((one) => {
    const me = one.name === store.me?.name;
    const [tongue, speaks] = languageOf(one.locale);
    const about = one.runs ? h("span", { class: "soft" }, say("runs Genga")) : h("span", { class: "soft", lang: tongue }, speaks);
    const become = say("Switch to {name}", { name: one.name });
    return h("button", { type: "button", class: `person${me ? " me" : ""}`, "aria-pressed": String(me), "data-become": one.name, "data-key": one.name, "aria-label": `${become} · ${about.textContent}` },
      avatar(one), h("span", {}, one.name), about);
  });
  return h("footer", { class: "who" }, h("p", { id: "who-label" }, say("You are")), h("div", { class: "people", role: "group", "aria-labelledby": "who-label" }, ...faces));
}

/** Its short code and its name, in the language itself. */
function languageOf(locale) {
  const { language } = new Intl.Locale(locale);
  return [language, new Intl.DisplayNames([language], { type: "language" }).of(language)];
}

function applyTheme() {
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const set = () => {
    document.documentElement.dataset.theme = localStorage.getItem(THEME) ?? (dark.matches ? "night" : "paper");
  };
  dark.addEventListener("change", () => (set(), store.me && renderSidebar()));
  set();
}

function turnTheme() {
  const next = document.documentElement.dataset.theme === "night" ? "paper" : "night";
  localStorage.setItem(THEME, next);
  document.documentElement.dataset.theme = next;
  renderSidebar();
}

/** The address of a place: readable, and the same after a restart. */
export function addressOf(place, person) {
  const name = place === "dm" ? "@Genga" : place.startsWith("dm:") ? `@${place.slice(3)}` : place.replace("#", "").replace(" > ", "/");
  return `#${person}/${name}`;
}

/** {person, place} of an address; null where it says nothing. */
export function placeOf(address) {
  const match = /^#([^/]+)\/(.+)$/.exec(decodeURIComponent(address));
  if (!match) return null;
  const [, person, name] = match;
  const place = name === "@Genga" ? "dm" : name.startsWith("@") ? `dm:${name.slice(1)}` : `#${name.replace("/", " > ")}`;
  return { person, place };
}


// Puts the page together: what the server tells goes into the store, and the parts that show it are called.

import { whenGoing } from "./actions.js";
import { composer, dropFiles, focusComposer, renderComposer, resetComposer, runExample, setReply, startNamed } from "./composer.js";
import { h, icon, iconButton } from "./dom.js";
import { plain } from "./markdown.js";
import { addressOf, placeOf, renderSidebar, sidebar } from "./sidebar.js";
import { ask, connect, listen, Refused } from "./socket.js";
import { enter, here, mayEnter, store, titleOf } from "./store.js";
import { announce, renderTimeline, resetTimeline, startEditing, stay, timeline, toNewest } from "./timeline.js";
import { say, speak } from "./words.js";

const TYPING_MS = 9000;
const CALM_MS = 1200; // a short break is nobody's business
const ME = "genga:me";

const hooks = {
  reply: setReply,
  edit: startEditing,
  command: (name) => startNamed(name),
  example: runExample,
  earlier,
  become,
  enter: () => {
    enter(here());
    render();
    focusComposer();
  },
};

let head, banner, main, side, bannerTimer, drawing;

function build() {
  side = sidebar(hooks);
  head = h("header", { class: "head" });
  banner = h("p", { class: "banner", role: "status", hidden: true });
  main = h("main", { class: "sheet" }, head, banner, ...timeline(hooks), composer());
  const veil = h("div", { class: "veil-over", onclick: closeDrawer });
  document.getElementById("app").replaceChildren(side, veil, main);
}

function render() {
  renderSidebar();
  renderHead();
  renderTimeline();
  renderComposer();
  renderTitle();
}

function soon() {
  drawing ??= requestAnimationFrame(() => {
    drawing = null;
    render();
  });
}

function renderHead() {
  const place = here();
  if (!place) return;
  const about = place.kind === "private" ? (place.with.bot ? say("Only you and Genga") : say("Only you and {name}", { name: place.name })) : place.adults_only ? say("For adults") : "";
  const status = h("span", { class: "status" }, h("span", { class: `dot ${store.online ? "on" : "off"}` }), store.online ? say("Genga is here") : say("Genga is away"));
  head.replaceChildren(
    iconButton("lines", say("Places"), { class: "icon-button drawer-button", onclick: openDrawer, "aria-controls": "sidebar" }),
    h("h2", {}, place.kind === "private" ? icon("at") : icon(place.kind === "thread" ? "thread" : "hash"), place.name),
    about ? h("p", { class: "about soft" }, about) : "",
    status,
  );
}

function renderTitle() {
  const place = here();
  const unread = [...store.unread.values()].reduce((sum, one) => sum + one, 0);
  document.title = `${unread ? `(${unread}) ` : ""}${place ? `${titleOf(place)} · ` : ""}Genga`;
}

// Places and people

async function goTo(place) {
  closeDrawer();
  if (place === store.place) return focusComposer();
  history.pushState(null, "", addressOf(place, store.me.name));
  await openPlace(place);
}

async function openPlace(place) {
  store.place = store.places.some((one) => one.place === place) ? place : "#gallery";
  store.messages = new Map();
  store.typing = new Map();
  resetTimeline();
  resetComposer();
  await load();
  if (mayEnter(here())) focusComposer();
}

async function load() {
  try {
    const { messages, more, commands, menus, members } = await ask("open", { place: store.place });
    Object.assign(store, { messages: new Map(messages.map((one) => [one.id, one])), more, commands, menus, members });
    store.unread.delete(store.place);
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
  }
  render();
  toNewest();
}

async function earlier() {
  const [first] = store.messages.keys();
  const list = document.querySelector(".timeline");
  const below = list.scrollHeight - list.scrollTop;
  const { messages, more } = await ask("open", { place: store.place, before: first });
  store.messages = new Map([...messages.map((one) => [one.id, one]), ...store.messages]);
  store.more = more;
  renderTimeline();
  list.scrollTop = list.scrollHeight - below;
}

function become(name) {
  if (name === store.me?.name) return;
  sessionStorage.setItem(ME, name);
  store.unread.clear();
  history.pushState(null, "", addressOf(store.place, name));
  connect(name);
}

function onAddress() {
  const wanted = placeOf(location.hash);
  if (!wanted) return;
  if (wanted.person !== store.me?.name) {
    store.place = wanted.place;
    sessionStorage.setItem(ME, wanted.person);
    connect(wanted.person);
  } else if (wanted.place !== store.place) openPlace(wanted.place);
}

// What the server tells

async function hear(told) {
  switch (told.event) {
    case "hello":
      return welcomeBack(told);
    case "lost":
      return lost();
    case "message":
      return onMessage(told.message, told.fresh);
    case "gone":
      if (store.messages.delete(told.message)) soon();
      return;
    case "places":
      store.places = told.places;
      return here() ? soon() : openPlace("#gallery");
    case "typing":
      if (told.place === store.place) store.typing.set(told.name, Date.now() + TYPING_MS);
      return renderComposer();
    case "online":
      store.online = told.online;
      return soon();
    case "commands":
      return load();
  }
}

async function welcomeBack(told) {
  const samePerson = store.me?.name === told.me.name;
  Object.assign(store, { me: told.me, people: told.people, bot: told.bot, names: told.names, roles: told.roles, places: told.places, online: told.online, fileLimit: told.file_limit, connected: true });
  clearTimeout(bannerTimer);
  banner.hidden = true;
  document.body.classList.remove("cut-off");
  sessionStorage.setItem(ME, told.me.name);
  if (!samePerson) {
    await speak(told.me.locale);
    // What the other person was shown is not for these eyes, and what stands in fixed places is in their language.
    const place = store.place;
    build();
    history.replaceState(null, "", addressOf(place, told.me.name));
    return openPlace(place);
  }
  return load();
}

function lost() {
  store.connected = false;
  clearTimeout(bannerTimer);
  bannerTimer = setTimeout(() => {
    banner.textContent = say("The playground isn't answering. This page reconnects by itself.");
    banner.hidden = false;
    document.body.classList.add("cut-off");
  }, CALM_MS);
}

function onMessage(message, fresh) {
  const name = message.author.global_name;
  if (message.place !== store.place) {
    if (fresh && !message.own && !message.for_me) store.unread.set(message.place, (store.unread.get(message.place) ?? 0) + 1);
    return soon();
  }
  if (fresh) {
    store.typing.delete(name);
    if (message.own || message.for_me) stay();
    if (!message.own) announce(say("{name}: {text}", { name, text: plain(message.text) || say("A picture") }));
  }
  const known = store.messages.get(message.id);
  // An edit of something above what has been loaded is not for now.
  if (!known && !fresh) return;
  store.messages.set(message.id, { ...message, editing: known?.editing });
  soon();
}

// Keys, drops, the drawer

function onKey(event) {
  if (event.key === "Escape" && document.body.classList.contains("drawer")) return closeDrawer();
  const typing = event.target.closest?.("input, textarea, select, dialog, [popover]");
  if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey) {
    event.preventDefault();
    focusComposer();
  }
}

function onDrag(event) {
  if (!event.dataTransfer?.types.includes("Files") || event.target.closest?.("dialog")) return;
  event.preventDefault();
  document.body.classList.toggle("dragging", event.type === "dragover");
  if (event.type === "drop" && here()?.may_attach && mayEnter(here())) dropFiles(event.dataTransfer);
}

function openDrawer() {
  document.body.classList.add("drawer");
  main.inert = true;
  side.querySelector(".present")?.focus();
}

function closeDrawer() {
  if (!document.body.classList.contains("drawer")) return;
  document.body.classList.remove("drawer");
  main.inert = false;
  head.querySelector(".drawer-button")?.focus();
}

function start() {
  const wanted = placeOf(location.hash);
  if (wanted) store.place = wanted.place;
  whenGoing(goTo);
  listen(hear);
  build();
  document.body.append(h("div", { id: "toasts", role: "status" }), h("p", { id: "spoken", class: "unseen", "aria-live": "polite" }));
  document.addEventListener("keydown", onKey);
  for (const kind of ["dragover", "drop"]) document.addEventListener(kind, onDrag);
  document.addEventListener("dragleave", ({ relatedTarget }) => relatedTarget ?? document.body.classList.remove("dragging"));
  addEventListener("popstate", onAddress);
  setInterval(renderComposer, TYPING_MS / 3);
  connect(wanted?.person ?? sessionStorage.getItem(ME) ?? "Aiko");
}

start();

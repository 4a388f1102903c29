// Pictures: they fade into each other when a preview changes, and open large on a dark table.

import { h, icon, iconButton } from "./dom.js";
import { say } from "./words.js";

/** A link to one of the playground's files, without its host, so that it works through any tunnel. */
export function local(url) {
  try {
    const { pathname, search, origin, hostname } = new URL(url, location.href);
    const own = origin === location.origin || ["127.0.0.1", "localhost"].includes(hostname);
    return own ? pathname + search : url;
  } catch {
    return "";
  }
}

/** <live-picture src alt ratio>: the next picture is loaded first and then fades in over the last. */
class LivePicture extends HTMLElement {
  static observedAttributes = ["src", "alt", "ratio"];

  connectedCallback() {
    this.show();
  }

  attributeChangedCallback() {
    if (this.isConnected) this.show();
  }

  show() {
    const alt = this.getAttribute("alt") ?? "";
    const ratio = Number(this.getAttribute("ratio") ?? 1);
    this.style.aspectRatio = ratio;
    this.closest(".frame")?.style.setProperty("--ratio", ratio); // wide enough, and no taller than the window
    this.querySelectorAll("img").forEach((one) => (one.alt = alt));
    // The signature of a link changes with every edit; the file behind the same path does not.
    if (pathOf(this.getAttribute("src")) !== this.path) this.fade(this.getAttribute("src"), alt);
  }

  async fade(source, alt) {
    this.path = pathOf(source);
    const first = !this.firstElementChild;
    const fresh = h("img", { alt, draggable: "false" });
    fresh.src = source;
    if (first) this.append(fresh);
    try {
      await fresh.decode();
    } catch {
      if (first) this.setAttribute("state", "broken");
      return;
    }
    if (this.path !== pathOf(source)) return;
    fresh.alt = this.getAttribute("alt") ?? ""; // it may have come after the picture
    this.setAttribute("state", "loaded");
    if (first) return;
    const before = [...this.children];
    fresh.classList.add("arriving");
    this.append(fresh);
    const done = () => {
      before.forEach((one) => one.remove());
      fresh.classList.remove("arriving");
    };
    fresh.addEventListener("animationend", done, { once: true });
  }
}

customElements.define("live-picture", LivePicture);

function pathOf(url) {
  return url ? url.split("?")[0] : "";
}

/** Pictures side by side, each a button that opens it large; `items` are {url, description, width, height, spoiler}. */
export function gallery(items) {
  const frames = items.map((item, index) => frame(item, index));
  return h("div", { class: "gallery", "data-count": Math.min(items.length, 4), "data-key": "gallery" }, ...frames);
}

function frame({ url, description, width, height, spoiler }, index) {
  const alt = description || say("A picture");
  const picture = h("live-picture", { src: local(url), alt, ratio: width && height ? (width / height).toFixed(4) : null });
  const button = h(
    "button",
    { type: "button", class: `frame${spoiler ? " spoiler" : ""}`, "data-do": "look", "data-key": `frame-${index}`,
      "aria-label": say("Open large: {what}", { what: alt }) },
    picture,
  );
  if (spoiler) button.append(h("span", { class: "veil" }, say("Spoiler")));
  return button;
}

/** Show the picture in `button` large, with those beside it to turn to. */
export function look(button) {
  const frames = [...button.closest(".gallery").querySelectorAll(".frame")];
  let index = frames.indexOf(button);
  const picture = h("img", { class: "large" });
  const caption = h("p", { class: "caption" });
  const original = h("a", { class: "icon-button", target: "_blank", rel: "noopener", "aria-label": say("Save"), title: say("Save") }, icon("download"));
  const show = (step) => {
    index = (index + step + frames.length) % frames.length;
    const shown = [...frames[index].querySelectorAll("img")].at(-1);
    picture.src = shown.src;
    picture.alt = caption.textContent = shown.alt;
    original.href = shown.src;
    original.download = decodeURIComponent(pathOf(shown.src).split("/").at(-1));
  };
  const close = iconButton("close", say("Close"));
  const turns = frames.length > 1 ? [iconButton("left", say("Previous"), { class: "icon-button turn before" }), iconButton("right", say("Next"), { class: "icon-button turn after" })] : [];
  const table = h("dialog", { class: "light-table", "aria-label": say("Picture") }, h("figure", {}, picture, caption), h("div", { class: "tools" }, original, close), ...turns);
  show(0);
  close.onclick = () => table.close();
  turns[0]?.addEventListener("click", () => show(-1));
  turns[1]?.addEventListener("click", () => show(1));
  table.onclick = ({ target }) => (target === table || target.localName === "figure") && table.close();
  table.onkeydown = ({ key }) => {
    if (key === "ArrowLeft") show(-1);
    if (key === "ArrowRight") show(1);
  };
  table.onclose = () => table.remove(); // the browser gives the focus back by itself
  document.body.append(table);
  table.showModal();
}

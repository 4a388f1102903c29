// What a place shows while it is empty: three examples to click, or the door of a place for adults.

import { avatar, seal } from "./avatar.js";
import { around, h, HERE, icon, svg } from "./dom.js";
import { nameOf } from "./picker.js";
import { store, titleOf } from "./store.js";
import { say } from "./words.js";

// Drawn by the bot itself; a click asks for the same words again.
const EXAMPLES = [
  { prompt: "1girl, long blue hair, red eyes, smile, night, city", picture: "example-1.webp" },
  { prompt: "1girl, pink twintails, blue eyes, cherry blossoms", picture: "example-2.webp" },
  { prompt: "1girl, silver hair, purple eyes, armor, sunset", picture: "example-3.webp" },
];

/** An empty place. */
export function welcome(place) {
  const draws = store.commands.find((one) => one.name === "imagine");
  if (!draws) return quiet(place);
  const private_ = place.kind === "private";
  const examples = EXAMPLES.map(({ prompt, picture }, n) =>
    h("button", { type: "button", class: "example", "data-do": "example", "data-prompt": prompt, "data-key": `example-${n}` },
      h("img", { src: `/page/${picture}`, alt: "", width: "256", height: "256" }),
      h("span", { class: "example-words" }, icon("wand"), h("span", {}, prompt))));
  return h(
    "div",
    { class: "welcome", "data-key": `welcome-${place.id}` },
    bigSeal(),
    h("h2", {}, private_ ? say("Just the two of you") : say("What shall Genga draw?")),
    h("p", {}, private_ ? say("Nobody else sees what you draw here. Click one to begin.") : say("Click one and watch it being drawn.")),
    h("div", { class: "examples" }, ...examples),
    h("p", { class: "or" }, ...around(say("or type {command} and say it in your own words", { command: HERE }), h("button", { type: "button", class: "key", "data-do": "command", "data-command": "imagine" }, `/${nameOf(draws)}`))),
  );
}

function quiet(place) {
  const face = place.with ? avatar(place.with) : icon("hash");
  const sentence = place.with ? say("Nothing between you and {name} yet. Genga is not here; this is for the two of you.", { name: place.name }) : say("Nothing here yet. Say something.");
  return h("div", { class: "welcome quiet", "data-key": `welcome-${place.id}` }, face, h("h2", {}, titleOf(place)), h("p", {}, sentence));
}

function bigSeal() {
  const drawing = svg("svg", { class: "big-seal", viewBox: "0 0 40 40", "aria-hidden": "true" });
  drawing.append(...seal());
  return drawing;
}

/** The door of an age-restricted place. */
export function gate(place) {
  return h(
    "div",
    { class: "welcome gate", "data-key": `gate-${place.id}` },
    h("span", { class: "adults large" }, "18+"),
    h("h2", {}, say("{place} is for adults", { place: titleOf(place) })),
    h("p", {}, say("You have to be 18 or older to look around in here.")),
    h("div", { class: "row" },
      h("button", { type: "button", class: "button primary", "data-do": "enter" }, say("I am 18 or older")),
      h("button", { type: "button", class: "button secondary", "data-do": "leave" }, say("Take me back"))),
  );
}

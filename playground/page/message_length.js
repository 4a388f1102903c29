// How much one message may say: what is left is counted near the end, and what is longer is not sent.

import { h } from "./dom.js";
import { toast } from "./toast.js";
import { say } from "./words.js";

const MOST_CHARS = 2000;
const COUNTED_FROM = 200; // characters left

/** Whether the text is too long for a message; tells the person if so. */
export function isTooLong(text) {
  const count = lengthOf(text);
  if (count > MOST_CHARS) toast(say("A message takes at most {most} characters; this one has {count}.", { most: MOST_CHARS, count }));
  return count > MOST_CHARS;
}

/** {element, show(text)}: how many characters are left, once they are few. */
export function counter() {
  const element = h("output", { class: "left", hidden: true });
  const show = (text) => {
    const left = MOST_CHARS - lengthOf(text);
    element.hidden = left > COUNTED_FROM;
    element.classList.toggle("over", left < 0);
    element.textContent = left;
    element.setAttribute("aria-label", say("{count} characters left", { count: left }));
  };
  return { element, show };
}

function lengthOf(text) {
  return [...text.trim()].length;
}

// What a person does, whatever part of the page they do it with, and what is shown when it does not work.

import { openForm } from "./modal.js";
import { ask, Refused } from "./socket.js";
import { here, store } from "./store.js";
import { toast } from "./toast.js";
import { say } from "./words.js";

const LINES = {
  "The application did not respond": () => say("Genga did not answer in time. Try again in a moment."),
  "That message is gone.": () => say("That message is gone."),
  "That file is no longer here. Add it once more.": () => say("That file is no longer here. Add it once more."),
  "That form is no longer open.": () => say("That form is no longer open."),
};

let enterPlace = () => {};

/** Who opens a place when somebody asks to go there. */
export function whenGoing(open) {
  enterPlace = open;
}

/** Go to a place; resolves once it is shown. */
export function goTo(place) {
  return enterPlace(place);
}

/** Ask for something and follow up: a form opens, a failure is told. True when it went well. */
export async function act(what, fields) {
  try {
    const result = await ask(what, fields);
    if (result.failed) throw new Refused(result.failed);
    if (result.form) openForm(result.form);
    return true;
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    toast(sentenceOf(error));
    return false;
  }
}

/** What to tell the person about something the server refused. */
export function sentenceOf(error) {
  if (!error.message) return say("The connection is gone for a moment. Try again when it is back.");
  return LINES[error.message]?.() ?? error.message;
}

/** Put a reaction on, or take one's own back. */
export function react(message, emoji) {
  const mine = message.reactions.find((one) => one.emoji === emoji)?.mine;
  return act("react", { message: message.id, emoji, on: !mine });
}

/** Whether the person may write where they are. */
export function mayWrite() {
  return Boolean(here()?.may_write && store.connected);
}

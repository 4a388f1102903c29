// The one connection to the playground: questions with answers, and events as they happen.

const AGAIN_AFTER_MS = [300, 700, 1500, 3000, 5000];

let socket = null;
let wanted = null;
let failures = 0;
let count = 0;
const waiting = new Map();
let listener = () => {};

/** What the server refused, in a sentence. */
export class Refused extends Error {}

/** Call `heard(event)` for every event, and for {"event": "lost"} when the connection breaks. */
export function listen(heard) {
  listener = heard;
}

/** Connect as that person, and again whenever the connection is lost. */
export function connect(person) {
  wanted = person;
  failures = 0;
  giveUp();
  const old = socket;
  open();
  old?.close();
}

function giveUp() {
  for (const { reject } of waiting.values()) reject(new Refused(""));
  waiting.clear();
}

function open() {
  const mine = new WebSocket(`ws://${location.host}/page/socket?person=${encodeURIComponent(wanted)}`);
  socket = mine;
  mine.onmessage = ({ data }) => {
    if (mine !== socket) return;
    failures = 0;
    const told = JSON.parse(data);
    if (told.answer === undefined) listener(told);
    else settle(told);
  };
  mine.onclose = () => {
    if (mine !== socket) return;
    giveUp();
    listener({ event: "lost" });
    setTimeout(() => mine === socket && open(), AGAIN_AFTER_MS[Math.min(failures++, AGAIN_AFTER_MS.length - 1)]);
  };
}

function settle({ answer, result, wrong }) {
  const one = waiting.get(answer);
  waiting.delete(answer);
  if (wrong === undefined) one?.resolve(result);
  else one?.reject(new Refused(wrong));
}

/** Ask the server to do something as this person; its result, or a Refused with the sentence to show. */
export function ask(what, fields = {}) {
  return new Promise((resolve, reject) => {
    if (socket?.readyState !== WebSocket.OPEN) return reject(new Refused(""));
    const number = ++count;
    waiting.set(number, { resolve, reject });
    socket.send(JSON.stringify({ number, do: what, ...fields }));
  });
}

/** Hand over a file; the name by which it can be sent. */
export async function upload(file) {
  const answer = await fetch(`/page/uploads?name=${encodeURIComponent(file.name)}`, { method: "POST", body: file });
  if (!answer.ok) throw new Refused("");
  return (await answer.json()).upload;
}

// What the page knows at present. Only main.js changes it; everybody reads it.

export const store = {
  me: null,
  people: [],
  bot: null,
  names: {},
  roles: [],
  places: [],
  place: "#gallery",
  messages: new Map(), // id -> message, oldest first, of the present place
  more: false,
  commands: [],
  menus: [],
  members: [], // who can see the present place, the bot first
  online: false,
  connected: false,
  fileLimit: 10 * 1024 * 1024,
  unread: new Map(), // place -> how many
  typing: new Map(), // name -> until when
};

/** The present place's description, or undefined while nothing is known. */
export function here() {
  return store.places.find((one) => one.place === store.place);
}

/** Whether this person has said to be of age for the present place in this tab. */
export function mayEnter(place) {
  return !place?.adults_only || sessionStorage.getItem(gateKey(place)) === "yes";
}

/** Remember that they have. */
export function enter(place) {
  sessionStorage.setItem(gateKey(place), "yes");
}

function gateKey(place) {
  return `genga:of-age:${store.me?.name}:${place.place.split(" > ")[0]}`;
}

/** The name of a place as people read it. */
export function titleOf(place) {
  return place.kind === "private" ? place.name : `#${place.name}`;
}

// Every sentence of the page: the English one is the key, the person's language decides what is shown.

let catalogue = {};
export let locale = "en-US";

/** Speak the language of `wanted` from now on; English for whatever has no translation. */
export async function speak(wanted) {
  locale = wanted;
  try {
    const answer = await fetch(`/page/words/${encodeURIComponent(wanted)}.json`);
    catalogue = answer.ok ? await answer.json() : {};
  } catch {
    catalogue = {};
  }
  document.documentElement.lang = Object.keys(catalogue).length ? wanted : "en";
}

/** The sentence in the present language with its {fields} filled in. */
export function say(sentence, fields = {}) {
  return (catalogue[sentence] || sentence).replace(/\{(\w+)\}/g, (whole, name) => fields[name] ?? whole);
}

/** A time of day. */
export function clockTime(moment) {
  return new Intl.DateTimeFormat(locale, { hour: "2-digit", minute: "2-digit" }).format(moment);
}

/** A date in full. */
export function longDate(moment) {
  return new Intl.DateTimeFormat(locale, { dateStyle: "full" }).format(moment);
}

/** How far away a moment is, in the largest unit that fits: "in 5 seconds". */
export function howFar(moment) {
  const seconds = Math.round((moment - Date.now()) / 1000);
  const [unit, length] = UNITS.find(([, length]) => Math.abs(seconds) >= length) ?? UNITS.at(-1);
  return new Intl.RelativeTimeFormat(locale, { numeric: "auto" }).format(Math.trunc(seconds / length), unit);
}

const UNITS = [["year", 31557600], ["month", 2629800], ["day", 86400], ["hour", 3600], ["minute", 60], ["second", 1]];

/** Bytes as people read them. */
export function fileSize(bytes) {
  const [unit, length] = bytes >= 1e6 ? ["megabyte", 1e6] : ["kilobyte", 1e3];
  const style = { style: "unit", unit, unitDisplay: "short", maximumFractionDigits: bytes >= 1e6 ? 1 : 0 };
  return new Intl.NumberFormat(locale, style).format(Math.max(bytes / length, 1e-9));
}

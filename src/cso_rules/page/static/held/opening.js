/** The rules that the page holds: unpacked when they are asked for, the only place that knows how they are kept. */
import { heldIn, periodOf, rulesIn } from "./periods.js";

const MOST = 8; // rules of so many places and days are kept ready
const opened = new Map();
let held = null;

const textOf = (name) => document.getElementById(`held-${name}`).textContent;

/** What can be chosen: {day, from, until, places: [{place, periods: [{from, until, title, rules}]}]}; `day` at first. */
export const placesHeld = () => JSON.parse(textOf("places"));

/** The sentences of both languages. */
export const sentencesHeld = () => unpacked(textOf("sentences"));

/** The rules of a place on a day, ready to be asked; undefined where there are none. */
export async function rulesFor(place, day) {
  const key = `${place.place} ${day}`,
    period = periodOf(place, day);
  if (!period) return undefined;
  held ??= unpacked(textOf("rules")).then(heldIn);
  const rules = opened.get(key) ?? within(await held, period.rules, day);
  if (!rules) return undefined;
  opened.delete(key);
  opened.set(key, rules);
  if (opened.size > MOST) opened.delete(opened.keys().next().value);
  return rules;
}

/** The rules of a day; undefined where they count working days that no calendar of theirs covers. */
function within(own, number, day) {
  try {
    return rulesIn(own, number, day);
  } catch (fault) {
    if (fault instanceof RangeError) return undefined;
    throw fault;
  }
}

async function unpacked(text) {
  const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate-raw"));
  return JSON.parse(await new Response(stream).text());
}

/** The rules that the page holds: opened when they are asked for, the only place that knows how they are kept. */
import { rulesOf } from "./standing.js";

const opened = new Map();

/** The places that the page holds rules of: [{place, day, title}]. */
export const placesHeld = () => JSON.parse(document.getElementById("held-places").textContent);

/** The sentences of both languages. */
export const sentencesHeld = () => JSON.parse(document.getElementById("held-sentences").textContent);

/** The rules of a place on a day, ready to be asked. */
export function rulesFor(place, day) {
  const key = `${place} ${day}`;
  if (!opened.has(key)) opened.set(key, unpacked(document.getElementById(`held-rules-${place}`).textContent).then(rulesOf));
  return opened.get(key);
}

async function unpacked(text) {
  const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate-raw"));
  return JSON.parse(await new Response(stream).text());
}

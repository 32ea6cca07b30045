/** Thresholds to try: a slider for each legal number that bears on the answer. */
import { h } from "./elements.js";

const WIDTH = 3; // how many times the number of the law a slider reaches

const nameOf = (words, { number, of, key }) => {
  const label = words.label(words.rules.numbers[number].label),
    values = of.map((value) => Object.values(words.rules.enumerations).find((own) => own[value])?.[value]).filter(Boolean);
  return values.length ? words.say("page_number_of", { label, value: words.joined(values.map((own) => words.label(own))) }) : label || key;
};

/** That other numbers than those of the law are tried, and which; empty while none is. */
export function movedText(words, free, numbers) {
  const tried = free.filter(({ key }) => key in numbers);
  if (!tried.length) return "";
  const texts = tried.map((one) => words.say("stated", { name: nameOf(words, one), value: valueText(words, one, numbers[one.key]) }));
  return words.say("page_numbers_moved", { numbers: words.joined(texts, "and_clauses") });
}

function valueText(words, { names: [name], value: law }, value) {
  const shown = words.encoded(name, value);
  return value === law ? words.say("page_number_law", { value: shown }) : words.say("page_number_now", { value: shown, law: words.encoded(name, law) });
}

/** A step with two digits of the number of the law. */
const stepOf = (value) => 10 ** Math.max(0, String(Math.abs(value)).length - 2);

/** The sliders; those that bear on the headline. */
export function drawNumbers({ words, standing, free, state, move }) {
  const cone = standing.cone(standing.headline),
    shown = free.filter(({ names }) => names.some((name) => cone.has(name)));
  if (!shown.length) return null;
  return h("details", { open: Object.keys(state.numbers).length > 0 }, h("summary", {}, words.say("page_numbers")), h("p", { class: "note" }, words.say("page_numbers_note")), h("div", { class: "sliders" }, shown.map((one) => slider(words, one, state.numbers, move))));
}

function slider(words, one, numbers, move) {
  const step = stepOf(one.value),
    below = Math.floor((one.value - Math.max(one.low, Math.min(0, one.value))) / step) * step,
    above = Math.floor((Math.min(one.high, Math.max(one.value * WIDTH, one.value + 10 * step)) - one.value) / step) * step,
    id = `number-${one.key}`;
  let now = numbers[one.key] ?? one.value;
  const text = h("output", { for: id }, valueText(words, one, now)),
    stop = h("p", { class: "note", role: "status" });
  const follow = ({ target }) => {
    const wanted = Number(target.value);
    while (Number(target.value) !== now && !move(one.key, Number(target.value))) target.value = Number(target.value) + (now < wanted ? -step : step);
    now = Number(target.value);
    text.textContent = valueText(words, one, now);
    stop.textContent = now === wanted ? "" : words.say("page_number_stop");
  };
  const field = h("input", { type: "range", id, min: one.value - below, max: one.value + above, step, oninput: follow });
  field.value = now;
  return h("div", { class: "slider" }, h("label", { for: id }, nameOf(words, one)), text, field, stop);
}

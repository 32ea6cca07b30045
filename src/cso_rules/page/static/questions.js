/** The left side: the question that comes next, what was said, and what else could be said. */
import { textOf } from "./case.js";
import { button, h, list, provisions } from "./elements.js";
import { NOT_KNOWN } from "./standing.js";

/** The fact that is asked for now: the one that somebody took up, or the first that still matters. */
export function askedNow(state, standing, goals) {
  if (state.current) return state.current;
  return standing.missing(goals).map(({ name }) => name).find((name) => !(name in state.stated)) ?? null;
}

/** The questions that are left for the goals, without those that nobody can answer. */
export const leftOf = (state, standing, goals) => standing.missing(goals).filter(({ name }) => !(name in state.stated));

export function questionCard(context, name) {
  const { words, rules, standing } = context,
    fact = rules.facts[name],
    id = `ask-${name}`;
  const notes = [
    fact.judged ? h("p", { class: "judged" }, words.say("page_judged", { who: words.label(fact.judgedBy) || words.say("page_official") })) : null,
    standing.presumed.includes(name) ? h("p", { class: "note" }, words.say("page_presumed_now", { value: words.value(name, fact.presumed) })) : null,
    h("details", { class: "explanation" }, h("summary", {}, words.say("page_what_counts")), h("p", {}, words.label(fact.definition)), whyAsked(context, name)),
  ];
  return h(
    "form",
    { class: "card question", id: "question", onsubmit: (event) => event.preventDefault(), novalidate: true },
    h("fieldset", { "aria-describedby": `${id}-problem` },
      h("legend", { tabindex: "-1", id }, words.label(fact.question)),
      h("p", { id: `${id}-problem`, class: "problem", role: "alert" }),
      controls(context, name),
      notes,
    ),
  );
}

function whyAsked({ words, rules, standing }, name) {
  const decisions = standing.missing(Object.keys(rules.decisions)).find((own) => own.name === name)?.settles ?? [];
  const cited = rules.facts[name].cites.map((place) => rules.citations[place]);
  return [
    decisions.length ? h("p", { class: "note" }, words.say("page_settles", { names: words.joined(decisions.slice(0, 6).map((own) => words.heading(own))) })) : null,
    provisions(words, cited),
  ];
}

function controls(context, name) {
  const { kind } = context.rules.plan.facts[name];
  if (kind === "boolean") return choices(context, name, [[true, context.words.say("true")], [false, context.words.say("false")]]);
  if (kind === "enumeration") return choices(context, name, context.words.options(name));
  if (kind === "set") return members(context, name);
  return numbers(context, name);
}

const unknown = ({ words, answer, state }, name) =>
  button(words.say("page_unknown"), () => answer(name, NOT_KNOWN), { class: "quiet", value: "?", "aria-pressed": String(state.stated[name] === NOT_KNOWN) });

function choices(context, name, options) {
  const { state, answer } = context;
  const shown = options.map(([value, text]) => button(text, () => answer(name, value), { class: "choice", value: textOf(value), "aria-pressed": String(state.stated[name] === value) }));
  return h("div", { class: options.length > 3 ? "choices many" : "choices" }, shown, unknown(context, name));
}

function members(context, name) {
  const { words, state, answer } = context,
    known = state.stated[name],
    chosen = Array.isArray(known) ? known : (known?.sure ?? []);
  const boxes = words.options(name).map(([value, text]) =>
    h("label", { class: "member" }, h("input", { type: "checkbox", value, checked: chosen.includes(value) }), h("span", {}, text)),
  );
  const more = h("label", { class: "member note" }, h("input", { type: "checkbox", value: "", checked: Boolean(known?.sure) }), h("span", {}, words.say("page_maybe_more")));
  const taken = (event) => {
    const found = [...event.currentTarget.form.querySelectorAll("input:checked")].map(({ value }) => value),
      own = found.filter(Boolean);
    answer(name, found.includes("") ? { sure: own } : own);
  };
  return [h("div", { class: "members" }, boxes), more, h("div", { class: "choices" }, h("button", { type: "submit", class: "choice main", onclick: taken }, words.say("page_done")), unknown(context, name))];
}

function numbers(context, name) {
  const { words, state, answer, rules } = context,
    { kind } = rules.plan.facts[name],
    isDate = kind === "date",
    known = state.stated[name];
  const [shape, value] = shapeOf(known);
  const field = h("input", { type: isDate ? "date" : "text", inputmode: isDate ? null : "decimal", id: "value", value, autocomplete: "off", "aria-label": words.name(name), "aria-describedby": `ask-${name}-problem` });
  const shapes = ["exactly", "least", "greatest"].map((own) => h("option", { value: own, selected: own === shape }, words.say(`page_${isDate ? "day" : "number"}_${own}`)));
  const chosen = h("select", { "aria-label": words.say("page_how_exact") }, shapes);
  const taken = () => {
    const text = plainNumber(field.value, isDate);
    if (text === "") return context.refuse(name, words.say(isDate ? "page_no_day" : "page_no_number"));
    return answer(name, chosen.value === "exactly" ? text : { [chosen.value]: text });
  };
  return h("div", { class: "number" },
    h("div", { class: "choices" }, chosen, field, h("span", { class: "unit" }, words.unit(name))),
    h("div", { class: "choices" }, h("button", { type: "submit", class: "choice main", onclick: taken }, words.say("page_done")), unknown(context, name)),
  );
}

function shapeOf(known) {
  if (known === undefined || known === NOT_KNOWN) return ["exactly", ""];
  if (typeof known !== "object") return ["exactly", String(known)];
  return known.least === undefined ? ["greatest", known.greatest] : ["least", known.least];
}

/** A number as it is counted with: full-width digits, separators, and the Chinese ten thousand are read. */
export function plainNumber(text, isDate = false) {
  const found = text.normalize("NFKC").trim();
  if (isDate) return found;
  const [, sign, digits, ten] = /^(-?)([\d,，\s]*\.?\d*)\s*(万?)\s*(?:元|人|个|名|次|年)?$/.exec(found) ?? [];
  const number = (digits ?? "").replace(/[,，\s]/g, "");
  if (!/\d/.test(number)) return "";
  if (!ten) return sign + number;
  const [whole, part = ""] = number.split(".");
  const moved = `${whole}${part.padEnd(4, "0").slice(0, 4)}${part.length > 4 ? `.${part.slice(4)}` : ""}`;
  return sign + (moved.replace(/^0+(?=\d)/, "") || "0");
}

/** What was said, one line each, and can be changed. */
export function answeredList({ words, state, rules, take, withdraw, standing }) {
  const names = Object.keys(state.stated).filter((name) => name in rules.facts);
  if (!names.length) return null;
  const wrong = new Set(standing.problems.flatMap((problem) => problem.names));
  const lines = names.map((name) => [
    h("span", { class: wrong.has(name) ? "said wrong" : "said" }, h("span", { class: "name" }, words.name(name)), h("span", { class: "value" }, saidOf(words, name, state.stated[name]))),
    h("span", { class: "actions" },
      button(words.say("page_change"), () => take(name), { class: "link", "aria-label": words.say("page_change_of", { name: words.name(name) }) }),
      button(words.say("page_withdraw"), () => withdraw(name), { class: "link", "aria-label": words.say("page_withdraw_of", { name: words.name(name) }) }),
    ),
  ]);
  return h("section", { class: "answered", "aria-labelledby": "answered-title" }, h("h2", { id: "answered-title" }, words.say("page_answered", { number: names.length })), list(lines, { class: "plain" }));
}

function saidOf(words, name, value) {
  try {
    return words.value(name, value);
  } catch {
    return String(value);
  }
}

/** What cannot be, in words, with the facts that it is about. */
export function problemsOf({ words, standing, take, rules, state }) {
  if (!standing.problems.length) return null;
  const lines = standing.problems.map(({ names, kind, message }) => {
    const text = kind === "contradiction" ? words.label(message) : impossible(words, rules, names[0], state.stated[names[0]]);
    return [h("span", {}, text), " ", names.map((name) => button(words.say("page_change_of", { name: words.name(name) }), () => take(name), { class: "link" }))];
  });
  return h("section", { class: "problems", role: "alert" }, h("h2", {}, words.say("page_problems")), list(lines), h("p", { class: "note" }, words.say("page_problems_mean")));
}

function impossible(words, rules, name, value) {
  const { least, greatest, kind } = rules.plan.facts[name],
    parts = { name: words.name(name), value: typeof value === "object" ? saidOf(words, name, value) : String(value) };
  if (least === undefined) return words.say("page_impossible", parts);
  return words.say("page_out_of_range", { ...parts, low: words.encoded(name, least), high: kind === "date" ? words.encoded(name, greatest) : words.encoded(name, Number(greatest)) });
}

/** Something else that is known: any fact that was not told yet. */
export function anythingElse({ words, rules, state, take }) {
  const read = new Set(Object.values(rules.asks.facts).flat()),
    names = Object.keys(rules.facts).filter((name) => read.has(name) && !(name in state.stated));
  if (!names.length) return null;
  const options = [h("option", { value: "" }, words.say("page_choose")), ...names.map((name) => h("option", { value: name }, words.name(name)))];
  const chosen = h("select", { id: "anything", onchange: (event) => event.target.value && take(event.target.value) }, options);
  return h("p", { class: "anything" }, h("label", { for: "anything" }, words.say("page_anything")), chosen);
}

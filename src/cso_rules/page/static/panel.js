/** The right side: the answer so far, always true. */
import { dueText } from "./account.js";
import { button, h, list, provisions, published, section } from "./elements.js";
import { conditionsBehind } from "./reasons.js";

const SIGN = { true: "✓", false: "✗", null: "?" };
const STATE = { true: "met", false: "failed", null: "open" };

/** The one sentence that says how the answer stands, for the bar and for those who listen. */
export function headlineText({ words, rules, standing }) {
  const outcome = standing.outcome(rules.headline),
    name = words.heading(rules.headline),
    values = (outcome.possible ?? []).map((value) => words.value(rules.headline, value));
  if (outcome.status === "no_rule_in_force") return words.say("page_bar_none", { name });
  if (outcome.status === "conflict") return words.say("page_bar_conflict", { name });
  if (outcome.status === "determined") return words.say("page_bar_is", { name, value: words.value(rules.headline, outcome.answer) });
  const key = outcome.byReading ? "page_bar_read" : values.length === 2 ? "page_bar_two" : "page_bar_open";
  return words.say(key, { name, number: values.length, values: words.joined(values, "or_bodies") });
}

/** The values of the headline side by side: those that are possible, and those that are not. */
function outcomes({ words, rules, standing }) {
  const { type } = rules.plan.decisions.get(rules.headline),
    { possible, status } = standing.outcome(rules.headline);
  if (!possible || status === "no_rule_in_force") return null;
  const values = type.kind === "boolean" ? [true, false] : type.values;
  const shown = values.map((value) => {
    const kind = !possible.includes(value) ? "excluded" : status === "determined" ? "sure" : "possible";
    return h("li", { class: kind }, h("span", {}, words.value(rules.headline, value)), h("small", {}, words.say(`page_${kind}`)));
  });
  return h("ol", { class: "outcomes" }, shown);
}

/** What can be told at once: the answer, what is missing, why. */
export function firstPart(context) {
  const { words, account } = context,
    { text, lines } = account.opening();
  return [
    context.moved ? h("p", { class: "judged" }, context.moved, " ", button(words.say("page_number_all_back"), context.moveBack, { class: "link" })) : null,
    h("p", { class: "lead" }, text),
    outcomes(context),
    lines.length && !account.standing.outcome(context.rules.headline).possible ? list(lines) : null,
    account.standing.outcome(context.rules.headline).byReading ? list(lines) : null,
    section(words.say("page_missing"), [missing(context)]),
    section(words.say("section_why"), [hits(context), ...conditionsBehind(account.standing, words, context.rules.headline).map((own) => conditionSet(words, own))]),
  ];
}

function missing({ words, account, take, rules }) {
  const found = account.missing();
  if (!found.length) return null;
  const lines = found.map(({ name, judged }) => [
    button(words.name(name), () => take(name), { class: "link" }),
    judged ? h("span", { class: "note" }, ` ${words.say("page_judged_short", { who: words.label(rules.facts[name].judgedBy) || words.say("page_official") })}`) : null,
  ]);
  return found.length > 8 ? h("details", {}, h("summary", {}, words.say("page_missing_many", { number: found.length })), list(lines, { class: "inline" })) : list(lines, { class: "inline" });
}

/** The rows that hold and decide. */
function hits({ words, rules, standing }) {
  const outcome = standing.outcome(rules.headline),
    own = rules.plan.decisions.get(rules.headline);
  if (outcome.status !== "determined" || own.form !== "table") return null;
  const held = own.rules.flatMap(({ id }, place) => (outcome.deciding.includes(id) && outcome.rules[id] ? [rules.decisions[rules.headline].rules[place]] : []));
  return list(held.map((rule) => [words.label(rule.label), provisions(words, rule.cites.map((place) => rules.citations[place]))]), { class: "plain" });
}

function conditionSet(words, { label, truth, rows }) {
  const met = rows.filter((row) => row.truth).length,
    said = words.say("page_set", { label, met, all: rows.length, state: words.say(`page_${STATE[truth]}`) });
  const lines = rows.map((row) => [
    h("span", { class: `sign ${STATE[row.truth]}`, "aria-hidden": "true" }, SIGN[row.truth]),
    h("span", { class: "hidden" }, words.say(`page_${STATE[row.truth]}`)),
    h("span", { class: "condition" }, row.label, row.detail ? h("span", { class: "detail" }, row.detail) : null, provisions(words, row.cites)),
  ]);
  return h("details", { class: "conditions", open: truth !== true && rows.some((row) => row.truth === false) }, h("summary", {}, h("span", { class: `sign ${STATE[truth]}`, "aria-hidden": "true" }, SIGN[truth]), said), list(lines, { class: "plain" }));
}

function bodies({ words, account }) {
  const rows = account.bodies().map(({ role, sure, asRead, maybe, cites }) => [
    h("dt", {}, role),
    h("dd", {}, words.joined([...sure, ...asRead]), sure.length + asRead.length && maybe.length ? words.say("and_clauses") : null, maybe.length ? h("span", { class: "maybe" }, words.say("page_perhaps", { names: words.joined(maybe, "or_bodies") })) : null, provisions(words, cites)),
  ]);
  return section(words.say("section_who"), [rows.length ? h("dl", {}, rows) : null]);
}

function path({ words, account, rules }) {
  const found = account.path();
  if (!found) return null;
  const { steps: shared, ways } = found.steps;
  return section(words.say("section_path", { value: words.value(rules.headline, found.wanted) }), [
    list(shared),
    ways.length > 1 ? [h("p", {}, words.say("page_one_way")), list(ways)] : list(ways),
    found.needed.length ? h("p", { class: "note" }, words.say("gap_needed", { facts: words.joined(found.needed) })) : null,
  ]);
}

function support({ words, account, day }) {
  const { certain, maybe } = account.support(),
    strengths = [...new Set(certain.map(({ modality }) => modality))];
  const parts = strengths.map((modality) => {
    const own = certain.filter((item) => item.modality === modality);
    const lines = own.map((item) => [item.text, item.bodies.length ? h("span", { class: "note" }, words.say("in_brackets", { text: words.joined(item.bodies.map((body) => account.who(body))) })) : null, dueText(words, day, item.due), provisions(words, item.cites)]);
    return [modality ? h("h4", {}, words.say(modality, { text: "" }).replace(/[：:]\s*$/, "")) : null, list(lines)];
  });
  return section(words.say("section_support"), [...parts, maybeLine(words, "support_possible", maybe)]);
}

const maybeLine = (words, key, items) =>
  !items.length ? null : items.length > 6 ? h("details", {}, h("summary", {}, words.say("page_perhaps_many", { number: items.length })), list(items)) : h("p", { class: "note" }, words.say(key, { items: words.joined(items) }));

function steps({ words, account, day }) {
  const { certain, maybe } = account.steps(),
    duties = account.duties();
  const line = (item) => {
    const isPast = item.due && item.due.latest < day;
    return [h("span", { class: isPast ? "past" : "" }, account.sentence(item)), provisions(words, item.cites)];
  };
  return section(words.say("section_next"), [
    list(certain.map(line)),
    duties.length ? [h("h4", {}, words.say("page_duties")), list(duties.map((item) => [item.modality ? words.say(item.modality, { text: item.text }) : item.text, dueText(words, day, item.due), provisions(words, item.cites)]))] : null,
    maybeLine(words, "step_possible", maybe),
  ]);
}

const warnings = ({ words, account }) => section(words.say("page_warnings"), [list(account.warnings().map(({ text, cites }) => [text, provisions(words, cites)]))]);

const presumed = ({ words, account, take }) =>
  section(words.say("section_presumed"), [list(account.presumed().map(({ name, text }) => [text, " ", button(words.say("page_change"), () => take(name), { class: "link" })]))]);

function readings({ words, account, rules, state, read }) {
  const others = account.otherReadings().map(({ reading, option, text }) => [text, " ", button(words.say("page_read_so"), () => read(reading, option), { class: "link", "aria-label": words.say("page_read_so_of", { option: words.option(reading, option) }) })]);
  const chosen = Object.entries(state.readings).map(([reading, option]) => [
    words.say("page_reading_chosen", { label: words.label(rules.readings[reading].label), option: words.option(reading, option) }),
    " ",
    button(words.say("page_reading_back"), () => read(reading, null), { class: "link" }),
  ]);
  return section(words.say("section_readings"), [list(chosen), list(others)]);
}

function grounds({ words, account }) {
  return section(words.say("section_grounds"), [list(account.grounds().map(({ text, url }) => published(text, url)), { class: "small" }), list(account.amended(), { class: "small" })]);
}

/** What follows from it: told a moment later. */
export const laterParts = [bodies, path, support, steps, warnings, presumed, readings, grounds];

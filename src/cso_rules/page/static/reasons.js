/** Why an answer is what it is: the sets of conditions behind it, each condition met or not, and by how much. */
import { failingIn, holdingIn, namesOfAtom, openIn, rangeOf, supportOf, truthOf } from "./truths.js";

/** The rules that decide, and those rows that were passed over before one of them. */
function behind(standing, name) {
  const { deciding } = standing.outcome(name),
    { rules = [], otherwise } = standing.rules.decisions[name],
    { form, hit_policy: policy, rules: own } = standing.rules.plan.decisions.get(name);
  const places = own.flatMap(({ id }, place) => (deciding.includes(id) ? [place] : []));
  const some = (kept) => kept.map((place) => rules[place]);
  if (form !== "table" || !["first", "priority", "unique", "any"].includes(policy)) return some(places);
  const last = own.length - 1;
  if (otherwise && places.includes(last)) return rules.slice(0, last);
  if (policy === "unique" || policy === "any") return some(places);
  const order = own.map((_, place) => place);
  if (policy === "priority") order.sort((one, two) => own[one].output - own[two].output);
  return some(order.slice(0, Math.max(...order.map((place, at) => (places.includes(place) ? at + 1 : 0)))));
}

const namesBehind = (standing, condition) => [...new Set(supportOf(condition, standing.known).flatMap(namesOfAtom))];

/** Decisions and those on which their answers rest, each before what it reads. */
export function bearing(standing, names) {
  const found = new Set(),
    pending = [...names].reverse();
  for (let name = pending.pop(); name !== undefined; name = pending.pop()) {
    if (found.has(name)) continue;
    found.add(name);
    const rules = behind(standing, name),
      { reads } = standing.rules.decisions[name],
      isNumber = standing.rules.plan.decisions.get(name).form === "value";
    const read = rules.length ? rules.flatMap((rule) => namesBehind(standing, rule.when)) : isNumber ? reads : [];
    pending.push(...[...new Set(read)].filter((own) => own in standing.rules.decisions).reverse());
  }
  return [...found];
}

const isCriteria = (standing, name) => standing.rules.plan.decisions.get(name).form === "criteria";

/** Whether a decision of one criterion only repeats what others say that are explained themselves. */
function onlyPassesOn(standing, name) {
  const { rules } = standing.rules.decisions[name];
  if (!isCriteria(standing, name) || rules.length !== 1) return false;
  const names = namesBehind(standing, rules[0].when).filter((own) => !(own in standing.rules.readings));
  return names.length > 0 && names.every((own) => own in standing.rules.decisions && isCriteria(standing, own));
}

/** The sets of conditions behind an answer. */
export function conditionsBehind(standing, words, decision) {
  const names = bearing(standing, [decision]).filter((name) => isCriteria(standing, name) && !onlyPassesOn(standing, name));
  return names.map((name) => conditionSet(standing, words, name));
}

/** A set of conditions: whether it is met, and each condition that is about the subject. */
function conditionSet(standing, words, name) {
  const outcome = standing.outcome(name),
    { label, rules } = standing.rules.decisions[name],
    own = standing.rules.plan.decisions.get(name).rules;
  const isMet = outcome.status === "determined" ? outcome.answer : null;
  const shown = rules.flatMap((rule, place) => {
    const truth = outcome.rules[own[place].id];
    if (rule.applies && truthOf(rule.applies, standing.known) === false) return [];
    return [{ label: words.label(rule.label), truth, detail: detailOf(standing, words, rule, truth), cites: citesOf(standing, rule.cites) }];
  });
  return { name, label: words.label(label), truth: isMet, rows: shown };
}

/** Citations that are about the subject, all where none is. */
export function citesOf(standing, places) {
  const cited = places.map((place) => standing.rules.citations[place]),
    { scopes } = standing.rules;
  const about = cited.filter(({ instrument }) => !(instrument in scopes) || truthOf(scopes[instrument], standing.known) !== false);
  return about.length ? about : cited;
}

function ownCondition(rule) {
  if (rule.applies && rule.when.any?.length > 1) return { any: rule.when.any.slice(1) };
  return rule.when;
}

/** What is known of what a condition asks for, in numbers where it is about numbers. */
function detailOf(standing, words, rule, truth) {
  const condition = ownCondition(rule);
  if (truth === null) return openDetail(standing, words, condition);
  const pairs = truth ? holdingIn(condition, standing.known) : failingIn(condition, standing.known);
  const texts = pairs.map(([atom, wanted]) => atomText(standing, words, atom, wanted, truth)).filter(Boolean);
  return words.joined(texts, "and_clauses");
}

function openDetail(standing, words, condition) {
  const texts = openIn(condition, standing.known).flatMap((atom) => {
    const found = atom.sum && comparison(standing, words, atom);
    if (found && found.value) return [words.say("known_as", found)];
    if (found) return [words.say("required_of", found)];
    return namesOfAtom(atom)
      .filter((name) => !(name in standing.rules.readings) && standing.isOpen(name))
      .map((name) => words.say("stated", { name: words.name(name), value: words.say(whyOpen(standing, name)) }));
  });
  return words.joined(texts, "and_clauses");
}

function whyOpen(standing, name) {
  if (name in standing.rules.decisions) {
    return standing.outcome(name).status === "unsettled_by_law" ? "left_open" : "unsettled_part";
  }
  return standing.rules.facts[name].judged ? "not_judged" : name in standing.given ? "within_bounds" : "not_reported";
}

function atomText(standing, words, atom, wanted, truth) {
  if (atom.sum) {
    const found = wanted ? comparison(standing, words, atom) : null;
    if (!found || found.isTrivial) return "";
    return words.say(truth ? "number_met" : "number_fails", found);
  }
  const name = atom.is ?? atom.has;
  if (name in standing.rules.readings || name in standing.rules.decisions) return "";
  if (atom.has && !wanted) return "";
  return words.say("stated", { name: words.name(name), value: words.value(name, standing.given[name]) });
}

/** A sum beside the number that is asked for, in words; null where its factors are unlike. */
function comparison(standing, words, atom) {
  const counted = atom.sum.filter((term) => !term.lookup),
    others = rangeOf(atom.sum.filter((term) => term.lookup), standing.known);
  const sign = Number(counted[0]?.times);
  if (Math.abs(sign) !== 1 || counted.some(({ times }) => Number(times) !== sign) || others[0] !== others[1]) return null;
  const ends = [atom.low, atom.high].map((bound) => (bound === null ? null : sign * (Number(bound) - others[0])));
  const [low, high] = sign === 1 ? ends : ends.reverse(),
    terms = counted.map((term) => ({ ...term, times: 1 }));
  const [least, most] = rangeOf(terms, standing.known),
    [smallest] = rangeOf(terms, (name) => ({ ...standing.known(name), domain: widest(standing, name) }));
  const isLeast = low !== null && (most < low || high === null || least <= high),
    bound = isLeast ? low : high,
    name = namesOfAtom({ sum: terms })[0];
  return { ...comparedTexts(words, { name, terms, least, most, smallest, isLeast, bound }), isTrivial: isLeast && bound <= smallest };
}

function widest(standing, name) {
  const { least, greatest, values } = standing.known(name).kind;
  if (least !== undefined) return [Number(least), Number(greatest)];
  return { sure: new Set(), possible: new Set(values.keys()) };
}

function comparedTexts(words, { name, terms, least, most, smallest, isLeast, bound }) {
  const isDate = words.kind(name).kind === "date",
    gap = isLeast ? bound - most : least - bound;
  const lack = gap > 0 ? words.say(isDate ? "by_days" : isLeast ? "by_short" : "by_over", { difference: words.difference(name, gap) }) : "";
  const required = words.say(`required_${isLeast ? "least" : "most"}_${isDate ? "date" : "number"}`, { bound: words.encoded(name, bound) });
  const value = least === most ? words.encoded(name, least) : least > smallest ? words.say("at_least") + words.encoded(name, least) : "";
  return { quantity: quantities(words, terms), value, required, lack };
}

function quantities(words, terms) {
  const names = terms.map((term) => (term.size ? words.say("size", { label: words.name(term.size) }) : words.name(term.of ?? term.moved)));
  return names.join(words.say("quantity_sum")) + (names.length > 1 ? words.say("quantity_sum_end") : "");
}

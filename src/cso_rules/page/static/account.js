/** What there is to say about one organization, part by part, for the panel and for the notice. */
import { decoded } from "../walker.js";
import { bearing, citesOf } from "./reasons.js";

/** The lists that tell who has which role, and the columns with role and body. */
function rolesIn(rules, name) {
  const columns = Object.fromEntries((rules.decisions[name].columns ?? []).map(([column, kind]) => [kind, column])),
    role = columns[rules.shown.roles],
    body = columns[rules.shown.addressees];
  return role && body ? { role, body } : null;
}

const isList = (rules, name) => {
  const { form, type } = rules.plan.decisions.get(name);
  return form === "table" && type.kind === "set";
};

/** The rows of a list that may hold, rows that say the same as one: certain ones, and those that may. */
export function itemsOf(standing, name) {
  const { rules } = standing,
    own = rules.plan.decisions.get(name),
    outcome = standing.outcome(name),
    found = new Map();
  for (const [place, { id, output }] of own.rules.entries()) {
    const truth = outcome.rules[id],
      rule = rules.decisions[name].rules[place];
    if (truth === false) continue;
    const columns = own.outputs[output],
      key = JSON.stringify([columns, rule.modality, rule.addressee]),
      earlier = found.get(key);
    if (!earlier || (!earlier.truth && truth)) found.set(key, { columns, rule, truth, value: own.type.values[output], cites: citesOf(standing, rule.cites) });
  }
  return [...found.values()];
}

/** What is said of an item besides who is addressed. */
const textOf = (words, name, { columns, rule }) => {
  const rest = columns.filter(([, value]) => value !== rule.addressee);
  return words.cells(name, rest.length ? rest : columns);
};

/** The days between which something is due: {earliest, latest}; null where no day is set. */
export function dueOf(standing, rule) {
  if (!rule.due) return null;
  const { kind, domain } = standing.known(rule.due);
  if (rule.due in standing.rules.decisions && standing.outcome(rule.due).low === null) return null;
  return { earliest: decoded(kind, domain[0]), latest: decoded(kind, domain[1]) };
}

/** Until when, as the end of a sentence. */
export function dueText(words, today, due) {
  if (!due) return "";
  if (due.earliest !== due.latest) return words.say("due_open");
  const day = words.say(due.earliest < today ? "day_past" : "day_by", { date: words.day(due.earliest), today: words.day(today) });
  return words.say("due", { due: day });
}

/** The readings under which an item is on a list, where only readings decide. */
function readingsOf(standing, words, name, item) {
  const { byReading } = standing.outcome(name);
  if (!byReading || item.truth !== null) return "";
  const choices = byReading.filter(({ answer }) => answer?.includes(item.value)).map(({ readings }) => words.choice(readings));
  return words.joined(choices, "or_bodies");
}

export class Account {
  constructor(standing, words, day) {
    Object.assign(this, { standing, words, day, rules: standing.rules });
  }

  /** The decisions that are lists, those of notices first, but for those that no notice shows. */
  lists(byRole) {
    const { lists } = this.rules.shown,
      names = [...new Set([...lists.notices, ...Object.keys(this.rules.decisions)])];
    return names.filter((name) => name in this.rules.decisions && !lists.left_out.includes(name) && isList(this.rules, name) && Boolean(rolesIn(this.rules, name)) === byRole);
  }

  of(names) {
    return this.lists(false).filter((name) => names.includes(name));
  }

  /** An answer as a clause about the reader. */
  answer(value) {
    const { headline, words } = { headline: this.rules.headline, words: this.words },
      known = this.rules.shown.words.answers[String(value)];
    if (known) return words.label(known);
    return words.say("answer_stated", { name: words.name(headline), value: words.value(headline, value) });
  }

  /** Which rules were applied. */
  applied() {
    const { words } = this,
      [first, ...local] = this.rules.packages.filter(({ inForce }) => inForce);
    if (this.rules.jurisdiction === "none") return words.say("by_rules", { title: words.label(first?.title ?? this.rules.title) });
    if (this.rules.jurisdiction === "cn") return words.say("by_national_rules");
    if (!local.length) return words.say("by_national_rules_of_place");
    return words.say("by_local_rules", { titles: words.joined(local.map(({ title }) => words.label(title))) });
  }

  /** What the headline says, in a sentence, and the possible answers below it. */
  opening() {
    const { words } = this,
      { headline } = this.rules,
      outcome = this.standing.outcome(headline),
      parts = { rules: this.applied(), label: words.name(headline), day: words.day(this.day) };
    if (outcome.status === "no_rule_in_force") return { text: words.say("opening_no_rule", parts), lines: [] };
    if (outcome.status === "conflict") return { text: words.say("opening_conflict", parts), lines: [] };
    if (outcome.status === "determined") return { text: words.say("opening_is", { ...parts, answer: this.answer(outcome.answer) }), lines: [] };
    if (outcome.byReading) return { text: words.say("opening_left_open", parts), lines: this.cases(outcome) };
    const count = words.say("counts").split(" ")[Math.min(outcome.possible.length, 9) - 1];
    return { text: words.say("opening_possible", { ...parts, count }), lines: outcome.possible.map((value) => this.answer(value)) };
  }

  cases(outcome) {
    return outcome.byReading.map(({ readings, answer }) =>
      this.words.say("outcome", { reading: this.words.choice(readings), values: this.words.value(this.rules.headline, answer) }),
    );
  }

  /** The facts that are missing for the headline. */
  missing() {
    return this.standing.missing([this.rules.headline]);
  }

  /** A line for each role with those who have it. */
  bodies() {
    const { words, standing } = this;
    return this.lists(true).flatMap((name) => {
      const columns = rolesIn(this.rules, name),
        roles = new Map();
      for (const item of itemsOf(standing, name)) {
        const cells = Object.fromEntries(item.columns);
        roles.set(cells[columns.role], [...(roles.get(cells[columns.role]) ?? []), { ...item, body: cells[columns.body] }]);
      }
      return [...roles].map(([role, items]) => ({ role: words.named(this.rules.shown.roles, role), ...this.having(name, items) }));
    });
  }

  having(name, items) {
    const { words } = this,
      called = (body) => words.named(this.rules.shown.addressees, body),
      sure = items.filter(({ truth }) => truth);
    const open = items.filter((item) => !item.truth && !sure.some(({ body }) => body === item.body));
    const asRead = open.flatMap((item) => {
      const readings = readingsOf(this.standing, words, name, item);
      return readings ? [words.say("only_as_read", { text: called(item.body), readings })] : [];
    });
    return {
      sure: [...new Set(sure.map(({ body }) => called(body)))],
      asRead,
      maybe: asRead.length ? [] : [...new Set(open.map(({ body }) => called(body)))],
      cites: sure.flatMap(({ cites }) => cites),
    };
  }

  /** What may be asked for: certain items by strength of wording, and in a line those that may come in question. */
  support() {
    return this.itemsIn(this.rules.shown.words.support);
  }

  itemsIn(names) {
    const { words, standing } = this,
      sure = new Map(),
      maybe = [];
    for (const name of this.of(names)) {
      for (const item of itemsOf(standing, name)) {
        const text = textOf(words, name, item);
        if (!item.truth) maybe.push(text);
        else {
          const due = dueOf(standing, item.rule),
            key = `${text}|${item.rule.modality}|${JSON.stringify(due)}`,
            known = sure.get(key) ?? { text, modality: item.rule.modality, due, bodies: [], cites: [] };
          known.bodies.push(item.rule.addressee);
          known.cites.push(...item.cites);
          sure.set(key, known);
        }
      }
    }
    const certain = [...sure.values()].map((own) => ({ ...own, bodies: [...new Set(own.bodies.filter(Boolean))] }));
    const said = new Set(certain.map(({ text }) => text));
    return { certain, maybe: [...new Set(maybe)].filter((text) => !said.has(text)) };
  }

  /** Who does what until when, the earliest day first; what may still have to be done. */
  steps() {
    const found = this.itemsIn(this.rules.shown.words.steps),
      day = ({ due }) => due?.earliest ?? "9999";
    found.certain.sort((one, two) => (day(one) < day(two) ? -1 : day(one) > day(two) ? 1 : 0));
    return found;
  }

  /** The standing duties of the subject itself. */
  duties() {
    const { self, duties } = this.rules.shown.words,
      { certain } = this.itemsIn(duties);
    return certain.filter(({ bodies }) => bodies.includes(self));
  }

  who(body) {
    return body === this.rules.shown.words.self ? this.words.say("you") : this.words.named(this.rules.shown.addressees, body);
  }

  /** An item as a sentence: who does what until when. */
  sentence({ text, modality, bodies, due }) {
    const { words } = this,
      what = modality ? words.say(modality, { text }) : text,
      who = words.joined(bodies.map((body) => this.who(body)));
    return (who ? words.say("who_does", { who, what }) : what) + dueText(words, this.day, due);
  }

  warnings() {
    const { remarks } = this.rules.shown.lists;
    return remarks in this.rules.decisions ? this.itemsIn([remarks]).certain : [];
  }

  /** The smallest changes towards the best answer within reach: those shared by all ways, then the ways. */
  path() {
    const { headline } = this.rules,
      outcome = this.standing.outcome(headline),
      { type } = this.rules.plan.decisions.get(headline);
    if (type.kind !== "enumeration" || !outcome.possible?.length) return null;
    const better = type.values.slice(0, Math.min(...outcome.possible.map((value) => type.values.indexOf(value))));
    for (const wanted of better) {
      const { certain, changes } = this.standing.ways(headline, wanted);
      if (changes.length) return { wanted, steps: this.stepsOf(changes.slice(0, 2)), needed: certain ? [] : this.needed(changes[0]) };
    }
    return null;
  }

  stepsOf(changes) {
    const { words } = this,
      same = (one, two) => JSON.stringify(one) === JSON.stringify(two);
    const shared = Object.keys(changes[0]).filter((name) => changes.every((own) => same(own[name], changes[0][name])));
    const rests = changes.map((own) => Object.entries(own).filter(([name]) => !shared.includes(name)));
    const steps = shared.map((name) => this.change(name, changes[0][name]));
    const isEither = rests.every((rest) => rest.length);
    const ways = isEither ? rests.map((rest) => words.joined(rest.map(([name, value]) => this.change(name, value)), "and_also")) : [];
    return { steps, ways };
  }

  change(name, value) {
    const { words, standing } = this,
      old = standing.given[name],
      fact = words.name(name);
    if (typeof value === "boolean") return words.say(value ? "change_true" : "change_false", { facts: fact });
    const parts = { fact, old: words.value(name, old), new: words.value(name, value) };
    const { domain, kind } = standing.known(name);
    if (kind.least === undefined || kind.kind === "date") return words.say("change_plain", parts);
    const after = new standing.constructor(this.rules, { ...standing.stated, [name]: value }, standing.chosen).known(name).domain[0];
    const size = Number(after) - Number(domain[0]);
    return words.say(size > 0 ? "change_up" : "change_down", { ...parts, difference: words.difference(name, Math.abs(size)) });
  }

  needed(change) {
    const after = new this.standing.constructor(this.rules, { ...this.standing.stated, ...change }, this.standing.chosen);
    return after.outcome(this.rules.headline).missing.map((name) => this.words.name(name));
  }

  /** What the headline would be if a text were read in another declared way. */
  otherReadings() {
    const { standing, words } = this,
      { headline } = this.rules,
      told = ({ status, possible }) => JSON.stringify([status, possible]),
      actual = told(standing.outcome(headline)),
      names = [...standing.cone(headline)].filter((name) => name in this.rules.readings && name in standing.readings);
    return names.flatMap((reading) =>
      this.rules.readings[reading].options
        .filter(([option]) => option !== standing.readings[reading])
        .flatMap(([option]) => {
          const outcome = standing.under(reading, option).outcome(headline);
          if (told(outcome) === actual) return [];
          const values = words.joined((outcome.possible ?? []).map((value) => words.value(headline, value)), "or_bodies");
          const key = outcome.status === "undetermined" ? "outcome_open" : "outcome";
          return [{ reading, option, text: words.say(key, { reading: words.option(reading, option), values }) }];
        }),
    );
  }

  /** What the law presumes of facts of which nothing was said, as far as it bears on the headline. */
  presumed() {
    const cone = this.standing.cone(this.rules.headline);
    return this.standing.presumed
      .filter((name) => cone.has(name))
      .map((name) => ({
        name,
        text: this.words.say("presumed_of", {
          fact: this.words.name(name),
          value: this.words.value(name, this.rules.facts[name].presumed),
          source: this.words.joined(this.rules.facts[name].presumedBy.map((place) => this.words.source(this.rules.citations[place]))),
        }),
      }));
  }

  /** The instruments on which the answers rest, each with its provisions. */
  grounds() {
    const { standing, rules } = this,
      cited = [];
    for (const name of bearing(standing, [rules.headline])) {
      const { deciding } = standing.outcome(name),
        own = rules.plan.decisions.get(name).rules,
        shown = rules.decisions[name];
      const rows = own.flatMap(({ id }, place) => (deciding.includes(id) ? shown.rules[place].cites : []));
      cited.push(...citesOf(standing, [...rows, ...(shown.cites ?? [])]));
    }
    for (const name of [...this.lists(true), ...this.lists(false)]) {
      cited.push(...itemsOf(standing, name).filter(({ truth }) => truth).flatMap(({ cites }) => cites));
    }
    return groupedByInstrument(this.words, cited, rules.shown.words.notes);
  }

  /** What changed instruments that are cited, without having been seen. */
  amended() {
    const used = new Set(this.grounds().map(({ instrument }) => instrument));
    return Object.keys(this.rules.amendments).filter((name) => used.has(name)).map((name) => this.words.spelled(this.words.label(this.rules.amendments[name])));
  }
}

/** Citations by instrument: its title with number, the provisions, and its address. */
export function groupedByInstrument(words, cited, notes) {
  const found = new Map();
  for (const own of new Set(cited)) {
    if (own.instrument === notes) continue;
    const known = found.get(own.instrument) ?? { instrument: own.instrument, title: words.label(own.title), number: own.number, url: own.url, articles: [] };
    const mark = own.unverified ? words.say("not_verified") : "";
    known.articles.push((words.label(own.article) || words.label(own.summary)) + mark);
    found.set(own.instrument, known);
  }
  return [...found.values()].map((own) => {
    const articles = words.joined(own.articles);
    const text = own.number ? words.say("citation", { title: own.title, number: own.number, articles }) : words.say("unnumbered", { title: own.title, articles });
    return { ...own, text };
  });
}

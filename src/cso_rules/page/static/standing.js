/**
 * How one organization stands under rules: what of the facts can be so, what is answered, what is still to be asked.
 *
 * Facts that cannot be, alone or together, are named as problems and count as unknown; what was said stays with who
 * said it.
 */
import { about, domainOf, gaps, isKnown, load } from "../walker.js";
import { truthOf, variablesOf } from "./truths.js";

/** What is said where it is said that nothing is known. */
export const NOT_KNOWN = "not known";

/** Rules as the page reads them, ready to be asked. */
export const rulesOf = (document) => ({ ...document, plan: load(document.plan) });

const isSaid = (value) => value !== undefined && value !== null && value !== NOT_KNOWN;

/** Facts as the walker takes them, what the law presumes of others, and what cannot be. */
function readFacts(rules, stated) {
  const given = { ...rules.days },
    problems = [];
  for (const [name, value] of Object.entries(stated).filter(([own, value]) => own in rules.facts && isSaid(value))) {
    try {
      domainOf(name, rules.plan.kind(name), value);
      given[name] = value;
    } catch (fault) {
      if (!(fault instanceof RangeError)) throw fault;
      problems.push({ names: [name], kind: "impossible" });
    }
  }
  const broken = rules.constraints.filter(({ condition }) => truthOf(condition, knownIn(rules, given)) === false);
  for (const { condition, message } of broken) {
    problems.push({ names: variablesOf(condition).filter((name) => name in given), kind: "contradiction", message });
  }
  const wrong = new Set(problems.flatMap(({ names }) => names));
  for (const name of wrong) delete given[name];
  const presumed = Object.keys(rules.facts).filter(
    (name) => "presumed" in rules.facts[name] && !(name in stated) && !wrong.has(name),
  );
  for (const name of presumed) given[name] = rules.facts[name].presumed;
  return { given, problems, presumed };
}

function knownIn(rules, given) {
  const domains = {};
  return (name) => ({
    kind: rules.plan.kind(name),
    domain: (domains[name] ??= domainOf(name, rules.plan.kind(name), given[name])),
  });
}

/** The options of the readings that are not open: as the package declares them, or as somebody chose. */
export function optionsOf(rules, chosen = {}) {
  const declared = Object.entries(rules.readings).map(([name, { chosen: own }]) => [name, chosen[name] ?? own]);
  return Object.fromEntries(declared.filter(([name, own]) => rules.plan.readings[name].values.includes(own)));
}

/** How an organization stands. */
export class Standing {
  constructor(rules, stated, chosen = {}) {
    Object.assign(this, { rules, stated, chosen, ...readFacts(rules, stated) });
    this.readings = optionsOf(rules, chosen);
    this.ask = about(rules.plan, this.given, this.readings);
    this.facts = knownIn(rules, { ...this.given, ...this.readings });
    this.found = {};
    this.known = (name) => (name in rules.decisions ? this.decided(name) : this.facts(name));
  }

  get headline() {
    return this.rules.headline;
  }

  outcome(name) {
    return (this.found[name] ??= this.ask(name));
  }

  /** Kind and domain of what a decision may be. */
  decided(name) {
    const { type } = this.rules.plan.decisions.get(name),
      found = this.outcome(name);
    return { kind: type, domain: domainOf(name, type, this.saidOf(type, found)) };
  }

  saidOf(type, found) {
    if (found.status === "no_rule_in_force") return undefined;
    if ("low" in found) return found.low === null ? undefined : { least: found.low, greatest: found.high };
    if (found.sure) return { sure: found.sure, possible: found.possible };
    return found.possible?.length ? { oneOf: found.possible } : undefined;
  }

  isOpen(name) {
    return !isKnown(this.known(name).domain);
  }

  /** The facts that still matter for decisions, in the order in which to ask for them, data before judgements. */
  missing(names) {
    const { order, facts } = this.rules.asks,
      settles = new Map();
    const open = names.filter((name) => this.outcome(name).status === "undetermined");
    for (const decision of order.filter((name) => open.includes(name))) {
      const wanted = new Set(this.outcome(decision).missing);
      for (const name of facts[decision].filter((own) => wanted.has(own))) {
        settles.set(name, [...(settles.get(name) ?? []), decision]);
      }
    }
    const found = [...settles].map(([name, of]) => ({ name, settles: of, judged: Boolean(this.rules.facts[name].judged) }));
    return [...found.filter(({ judged }) => !judged), ...found.filter(({ judged }) => judged)];
  }

  /** The facts, readings and decisions on which a decision depends, itself first. */
  cone(name, seen = new Set()) {
    if (!seen.has(name)) {
      seen.add(name);
      for (const own of this.rules.decisions[name]?.reads ?? []) this.cone(own, seen);
    }
    return seen;
  }

  /** The same organization where a text is read otherwise. */
  under(reading, option) {
    return new Standing(this.rules, this.stated, { ...this.chosen, [reading]: option });
  }

  /** The smallest changes after which a decision has a value: for certain, or else at least possibly. */
  ways(decision, value) {
    const changeable = Object.keys(this.rules.facts).filter((name) => this.rules.facts[name].changeable),
      allows = (facts) => !this.rules.constraints.some((own) => truthOf(own.condition, knownIn(this.rules, facts)) === false);
    const found = (certain) =>
      gaps(this.rules.plan, this.given, decision, value, changeable, { readings: this.readings, certain, allows });
    const certain = found(true);
    return certain.length ? { certain: true, changes: certain } : { certain: false, changes: found(false) };
  }
}

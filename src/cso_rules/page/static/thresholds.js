/**
 * Legal numbers that stand at cuts of the plan, and the same rules with another one.
 *
 * While the cuts of a level keep their order, another number gives a plan with the same nodes. So a number may go as far
 * as the next cut, and no further.
 */
import { load } from "../walker.js";

/** The name of a number, with the value that selects it. */
const keyOf = ({ number, of }) => [number, ...of].join("/");

/** The only number that a cut follows, one to one; null where it follows several, or otherwise. */
function followed(origins) {
  const [own, ...others] = origins ?? [];
  if (!own || others.length || own.over !== 1 || own.sum.length !== 1 || Math.abs(own.sum[0].times) !== 1) return null;
  return { key: keyOf(own.sum[0]), number: own.sum[0].number, of: own.sum[0].of, times: own.sum[0].times, plus: own.plus };
}

/** The numbers that can be moved, each with its value, the ends of what it may be, and what it is compared with. */
export function movable(rules) {
  const { levels, rules: own } = rules.plan.document,
    found = new Map(),
    fixed = new Set();
  for (const level of levels) {
    for (const [place, cut] of (level.cuts ?? []).entries()) {
      const origins = level.from[place],
        one = followed(origins);
      if (!one) for (const part of origins.flatMap((origin) => origin?.sum ?? [])) fixed.add(keyOf(part));
      else {
        const { values, least, greatest } = own.numbers[one.number],
          value = Number(values[one.of.join("/")]),
          names = level.variable ? [level.variable] : level.sum.map(({ variable }) => variable);
        if (Number(cut) !== value * one.times + one.plus) fixed.add(one.key);
        const known = found.get(one.key)?.names ?? [];
        found.set(one.key, { key: one.key, number: one.number, of: one.of, value, low: Number(least), high: Number(greatest), names: [...known, ...names] });
      }
    }
  }
  return [...found.values()].filter(({ key }) => !fixed.has(key));
}

/** The levels with other numbers at their cuts. */
const levelsWith = ({ levels }, values) =>
  levels.map((level) => (level.cuts ? { ...level, cuts: level.cuts.map((cut, place) => at(level.from[place][0], values, cut)) } : level));

/** Whether the cuts keep their order with other numbers. */
export function fits(rules, values) {
  const isAscending = (cuts) => cuts.every((cut, place) => !place || Number(cuts[place - 1]) < Number(cut));
  return levelsWith(rules.plan.document, values).every(({ cuts }) => !cuts || isAscending(cuts));
}

function at(origin, values, otherwise) {
  const one = followed([origin]);
  return one && one.key in values ? values[one.key] * one.times + one.plus : otherwise;
}

/** The same rules with other numbers, each given by its key. */
export function withNumbers(rules, values) {
  if (!Object.keys(values).length) return rules;
  const { document } = rules.plan;
  const levels = levelsWith(document, values);
  const conditions = (own) => JSON.parse(JSON.stringify(own), (_, part) => followingPart(part, values));
  const numbers = { ...document.rules.numbers };
  for (const [key, value] of Object.entries(values)) {
    const [number, ...of] = key.split("/");
    numbers[number] = { ...numbers[number], values: { ...numbers[number].values, [of.join("/")]: value } };
  }
  const plan = load({ ...document, levels, rules: { ...document.rules, numbers } });
  return { ...rules, plan, decisions: conditions(rules.decisions), constraints: conditions(rules.constraints) };
}

function followingPart(part, values) {
  if (part?.from && part.sum) return bound(part, values);
  if (!part?.lookup || !part.number) return part;
  const own = Object.entries(part.numbers).map(([value, number]) => [value, values[`${part.number}/${value}`] ?? number]);
  return { ...part, numbers: Object.fromEntries(own) };
}

function bound(part, values) {
  const [low, beyond] = part.from;
  return {
    ...part,
    low: low ? at(low, values, part.low) : part.low,
    high: beyond ? at(beyond, values, part.high === null ? null : Number(part.high) + 1) - 1 : part.high,
  };
}


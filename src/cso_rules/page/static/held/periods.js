/** The rules of a day out of those that a page holds: parts put together again, days that follow from the date put in. */
import { daysOn, withDays } from "./days.js";
import { planOf } from "./plans.js";
import { rulesOf } from "../standing.js";

/** Parts of which each stands once, whole again when they are asked for; parts that are equal stay one. */
export function whole(parts) {
  const made = [];
  const at = (place) => (made[place] ??= of(parts[place]));
  const of = (part) => {
    if (part === null || typeof part !== "object") return part;
    if (Array.isArray(part)) return part.map(of);
    return "" in part ? at(part[""]) : Object.fromEntries(Object.entries(part).map(([name, own]) => [name, of(own)]));
  };
  return at;
}

/** The period of a place in which a day lies; undefined where there is none. */
export const periodOf = ({ periods }, day) => periods.find(({ from, until }) => from <= day && (until === null || day < until));

/** Rules ready to be asked: those in a place of what is held, on a day. */
export function rulesIn({ plans, rules, citations, at }, number, day) {
  const { days: named, plan: place, ...told } = at(rules[number]),
    days = daysOn(named, day),
    plan = planOf(plans, place, { jurisdiction: told.jurisdiction, digest: told.digest, as_of: day });
  const found = rulesOf({ ...told, citations: at(citations), plan });
  return { ...found, ...withDays(told, days), days: Object.fromEntries(Object.entries(days).map(([name, { iso }]) => [name, iso])) };
}

/** What was unpacked, ready to be looked into. */
export const heldIn = (document) => ({ ...document, at: whole(document.parts) });

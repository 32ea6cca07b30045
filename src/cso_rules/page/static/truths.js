/** Conditions of the rules, asked of what is known: true, false, or null while that is open. */
import { moved } from "../walker.js";

const namesIn = (kind, places) => [...places].map((place) => kind.values[place]);

/** The numbers between which a sum lies. */
export function rangeOf(terms, known) {
  const ranges = terms.map((term) => scaled(Number(term.times), endsOf(term, known)));
  return ranges.reduce(([a, b], [c, d]) => [a + c, b + d], [0, 0]);
}

const scaled = (factor, [low, high]) => (factor < 0 ? [factor * high, factor * low] : [factor * low, factor * high]);

function endsOf(term, known) {
  if (term.of) return known(term.of).domain.map(Number);
  if (term.moved) return term.shifts ? moved(known(term.moved).domain.map(Number), term.shifts) : [-Infinity, Infinity];
  const { kind, domain } = known(term.size ?? term.lookup);
  if (term.size) return [domain.sure.size, domain.possible.size];
  const numbers = namesIn(kind, domain).map((name) => Number(term.numbers[name]));
  return [Math.min(...numbers), Math.max(...numbers)];
}

function within([least, most], low, high) {
  if ((low !== null && most < low) || (high !== null && least > high)) return false;
  return (low === null || least >= low) && (high === null || most <= high) ? true : null;
}

function among({ kind, domain }, wanted) {
  const inside = namesIn(kind, domain).filter((name) => wanted.includes(name)).length;
  return inside === domain.size ? true : inside ? null : false;
}

function includes({ kind, domain }, wanted) {
  const holds = (places) => namesIn(kind, places).some((name) => wanted.includes(name));
  return holds(domain.sure) ? true : holds(domain.possible) ? null : false;
}

const number = (bound) => (bound === null ? null : Number(bound));

/** Whether a condition holds; `known` gives kind and domain of a variable. */
export function truthOf(condition, known) {
  const ask = (part) => truthOf(part, known);
  if ("always" in condition) return condition.always;
  if (condition.is) return among(known(condition.is), condition.of);
  if (condition.has) return includes(known(condition.has), condition.of);
  if (condition.sum) return within(rangeOf(condition.sum, known), number(condition.low), number(condition.high));
  if (condition.not) {
    const found = ask(condition.not);
    return found === null ? null : !found;
  }
  if (condition.if) {
    const [asked, then, otherwise] = condition.if.map(ask);
    if (asked !== null) return asked ? then : otherwise;
    return then === otherwise ? then : null;
  }
  const found = partsOf(condition).map(ask),
    ending = Boolean(condition.any);
  if (found.includes(ending)) return ending;
  return found.includes(null) ? null : !ending;
}

/** The direct parts of a condition. */
export function partsOf(condition) {
  return condition.all ?? condition.any ?? condition.if ?? (condition.not ? [condition.not] : []);
}

/** The variables that a comparison reads. */
export function namesOfAtom(atom) {
  if (!atom.sum) return [atom.is ?? atom.has];
  return [...new Set(atom.sum.map((term) => term.of ?? term.size ?? term.lookup ?? term.moved))];
}

/** The comparisons of a condition, in reading order. */
export function atomsOf(condition) {
  if (condition.is || condition.has || condition.sum) return [condition];
  return partsOf(condition).flatMap(atomsOf);
}

/** The variables that a condition reads, each once. */
export const variablesOf = (condition) => [...new Set(atomsOf(condition).flatMap(namesOfAtom))];

/** The comparisons that give a condition its truth; where one of several is enough, the first. */
export function supportOf(condition, known) {
  const go = (part) => supportOf(part, known);
  if (condition.is || condition.has || condition.sum) return [condition];
  if (condition.not) return go(condition.not);
  if (condition.if) {
    const [asked, then, otherwise] = condition.if,
      truth = truthOf(asked, known);
    return [asked, ...(truth === null ? [then, otherwise] : [truth ? then : otherwise])].flatMap(go);
  }
  const parts = partsOf(condition),
    truth = truthOf(condition, known);
  if (truth === null) return parts.flatMap(go);
  let same = parts.filter((part) => truthOf(part, known) === truth);
  if (condition.any && truth) same = same.slice(0, 1);
  return (same.length ? same : parts).flatMap(go);
}

/** The comparisons that keep a condition from a truth, each with the truth that it would need. */
export function failingIn(condition, known, wanted = true) {
  if (truthOf(condition, known) !== !wanted) return [];
  const go = (part, want = wanted) => failingIn(part, known, want);
  if (condition.is || condition.has || condition.sum) return [[condition, wanted]];
  if (condition.not) return go(condition.not, !wanted);
  if (condition.if) return go(truthOf(condition.if[0], known) ? condition.if[1] : condition.if[2]);
  const branches = partsOf(condition).map((part) => go(part));
  if (Boolean(condition.any) !== wanted) return branches.flat();
  return branches.filter((branch) => branch.length).sort((one, two) => one.length - two.length)[0] ?? [];
}

/** The comparisons that make a condition hold, or not hold; where one is enough, the first. */
export function holdingIn(condition, known, truth = true) {
  if (truthOf(condition, known) !== truth) return [];
  const go = (part, want = truth) => holdingIn(part, known, want);
  if (condition.is || condition.has || condition.sum) return [[condition, truth]];
  if (condition.not) return go(condition.not, !truth);
  if (condition.if) return go(truthOf(condition.if[0], known) ? condition.if[1] : condition.if[2]);
  const same = partsOf(condition).filter((part) => truthOf(part, known) === truth);
  return (Boolean(condition.any) === truth ? same.slice(0, 1) : same).flatMap((part) => go(part));
}

/** The comparisons that keep a condition open. */
export function openIn(condition, known) {
  if (truthOf(condition, known) !== null) return [];
  if (condition.is || condition.has || condition.sum) return [condition];
  return partsOf(condition).flatMap((part) => openIn(part, known));
}

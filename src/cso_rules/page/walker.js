/**
 * Answers from a kept plan: decision diagrams as canonical JSON, docs/explanation/kept-plans.md. No dependencies.
 *
 * What is known of an organization leaves each level of the diagrams some cells. The diagrams are narrowed to them and
 * equal functions kept once, so that what still matters is what is still asked for. Sums that share facts are looked
 * at in cases: the cells that whole numbers can bring them into together. The interface is at the end.
 */

const FALSE = 0,
  TRUE = 1; // the first two ends of every plan
export const FIRST = 693596; // 1900-01-01, the first day of a date
export const LAST = 803169; // 2200-01-01
const EPOCH = 719163; // 1970-01-01
const MOST_CASES = 256,
  MOST_STEPS = 2000,
  MOST_SUMS = 400,
  MOST_CHOICES = 256,
  MOST_GAPS = 64,
  MOST_PATHS = 20000;
const WIDE = 2 ** 17; // three such numbers are one that is exact

// ------------------------------------------------ whole numbers: Number while exact, BigInt beyond

const plain = (n) => (n >= Number.MIN_SAFE_INTEGER && n <= Number.MAX_SAFE_INTEGER ? Number(n) : n);
const read = (n) => (typeof n === "string" ? plain(BigInt(n)) : n);
const negated = (n) => times(n, -1);
const least = (a, b) => (b < a ? b : a);
const most = (a, b) => (b > a ? b : a);

function plus(a, b) {
  if (typeof a === typeof b && typeof a === "number") {
    const sum = a + b;
    if (Number.isSafeInteger(sum) || !Number.isFinite(sum)) return sum;
  }
  if (Math.abs(Number(a)) === Infinity) return a;
  return Math.abs(Number(b)) === Infinity ? b : plain(BigInt(a) + BigInt(b));
}

function times(a, b) {
  const product = Number(a) * Number(b);
  if (product === 0) return 0;
  return Number.isSafeInteger(product) || !Number.isFinite(product) ? product : plain(BigInt(a) * BigInt(b));
}

/** The greatest whole number that is not above a / b, for b > 0. */
function under(a, b) {
  if (b === 1 || !Number.isFinite(Number(a))) return a;
  const [x, y] = [BigInt(a), BigInt(b)];
  return plain(x / y - (x % y < 0n ? 1n : 0n));
}

const above = (a, b) => negated(under(negated(a), b));
const divisorOf = (a, b) => (b === 0 ? a : divisorOf(b, plain(BigInt(a) % BigInt(b))));

// ------------------------------------------------ dates: days, day 1 being 0001-01-01

const within = (day) => Math.min(Math.max(day, FIRST), LAST);
const isWeekend = (day) => (day + 6) % 7 >= 5;
const dayOf = (year, month, day) => new Date(0).setUTCFullYear(year, month, day) / 864e5 + EPOCH;
/** A day as ISO text. */
export const isoDay = (day) => new Date((day - EPOCH) * 864e5).toISOString().slice(0, 10);

/** The number of a day, day 1 being 0001-01-01; NaN where a text names none. */
export function dayNumber(text) {
  const [, year, month, day] = /^(\d{4})-(\d\d)-(\d\d)$/.exec(text) ?? [],
    found = dayOf(+year, month - 1, +day);
  return year && isoDay(found) === text ? found : NaN;
}

function monthsLater(day, months) {
  if (!months) return day;
  const date = new Date((day - EPOCH) * 864e5),
    count = date.getUTCFullYear() * 12 + date.getUTCMonth() + months;
  const year = Math.floor(count / 12);
  if (year < 1 || year >= 9999) return months < 0 ? FIRST : LAST;
  const start = dayOf(year, count - year * 12, 1),
    following = dayOf(year, count - year * 12 + 1, 1);
  return Math.min(start + date.getUTCDate(), following) - 1;
}

/** The days that become the working day so many working days later: one, or those that the calendar leaves open. */
function workingDaysLater(day, count, spans) {
  if (!count) return [day, day];
  let low = Math.min(day + count, LAST);
  for (const { first, days } of spans) {
    if (days.length < count) continue;
    if (day < first - 1) return [low, Math.min(LAST, days[count - 1])];
    const place = cellOf(days, day) + count - 1;
    if (place < days.length) return [days[place], days[place]];
    low = Math.max(low, days.at(-1));
  }
  return [low, LAST];
}

/** The first and last day that the days of a span may become. */
export function moved([low, high], shifts) {
  let [one, two] = [within(low), within(high)];
  for (const { months, days, count, spans } of shifts) {
    if (spans) [one, two] = [workingDaysLater(one, count, spans)[0], workingDaysLater(two, count, spans)[1]];
    else [one, two] = [within(monthsLater(one, months) + days), within(monthsLater(two, months) + days)];
  }
  return [one, two];
}

/** How many cuts are not above a value: its cell. */
function cellOf(cuts, value) {
  let low = 0,
    high = cuts.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (cuts[middle] > value) high = middle;
    else low = middle + 1;
  }
  return low;
}

// ------------------------------------------------ sums: terms {factor, name, shifts, key}; bounds {terms, low, high}

const isPlain = (terms) => terms.every((term) => !term.shifts);
const isEachOnce = (terms) => new Set(terms.map((term) => term.name)).size === terms.length;
const isUndivided = (terms) => terms.every((term) => term.factor === 1 || term.factor === -1);
/** Whether a sum takes every value between its ends. */
const isEasy = (terms) => terms.length === 1 || (isPlain(terms) && isUndivided(terms) && isEachOnce(terms));
const boxOf = (term, boxes) => (term.shifts ? moved(boxes[term.name], term.shifts) : boxes[term.name]);

function endsOf({ factor, ...term }, boxes) {
  const [low, high] = boxOf(term, boxes).map((end) => times(end, factor));
  return low <= high ? [low, high] : [high, low];
}

function rangeOf(terms, boxes) {
  return terms.map((term) => endsOf(term, boxes)).reduce(([a, b], [c, d]) => [plus(a, c), plus(b, d)], [0, 0]);
}

/** Whether whole numbers in boxes satisfy all bounds; null where it is not found out. */
function solved(boxes, bounds) {
  if (!bounds.length) return true;
  return eliminated(boxes, bounds) ?? searched(boxes, bounds);
}

/** The same by eliminating one number after the other, where each pair of sums about it has it once (Fourier, Pugh). */
function eliminated(boxes, bounds) {
  if (!bounds.every(({ terms }) => isPlain(terms))) return null;
  let sums = new Map();
  for (const { terms, low, high } of bounds) {
    const parts = {};
    for (const { name, factor } of terms) parts[name] = plus(parts[name] ?? 0, factor);
    if (!addSum(sums, parts, 1, low) || !addSum(sums, parts, -1, negated(high))) return false;
  }
  const names = [...new Set([...sums.values()].flatMap(({ parts }) => Object.keys(parts)))].sort();
  for (const name of names) {
    addSum(sums, { [name]: 1 }, 1, boxes[name][0]);
    addSum(sums, { [name]: 1 }, -1, negated(boxes[name][1]));
  }
  if (names.some((name) => boxes[name][0] > boxes[name][1])) return false;
  while (names.length) {
    const place = names.findIndex((name) => isSingle(sums, name));
    if (place < 0 || sums.size > MOST_SUMS) return null;
    sums = without(sums, names.splice(place, 1)[0]);
    if (!sums) return false;
  }
  return true;
}

/** Add that a sum, or its negative, is at least a number; false where it cannot be. */
function addSum(sums, parts, sign, low) {
  const own = Object.entries(parts)
    .filter(([, factor]) => factor !== 0)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  if (low === -Infinity || !own.length) return low <= 0;
  const divisor = own.map(([, factor]) => (factor < 0 ? negated(factor) : factor)).reduce(divisorOf);
  const reduced = own.map(([name, factor]) => [name, under(times(factor, sign), divisor)]);
  const key = reduced.join(";"),
    known = sums.get(key)?.low ?? -Infinity;
  sums.set(key, { parts: Object.fromEntries(reduced), low: most(known, above(low, divisor)) });
  return true;
}

function isSingle(sums, name) {
  const factors = [...sums.values()].map(({ parts }) => parts[name] ?? 0);
  return factors.every((factor) => factor <= 1) || factors.every((factor) => factor >= -1);
}

function without(sums, name) {
  const rest = new Map(),
    lower = [],
    upper = [];
  for (const [key, sum] of sums) {
    if (!sum.parts[name]) rest.set(key, sum);
    else (sum.parts[name] > 0 ? lower : upper).push(sum);
  }
  for (const one of lower) {
    for (const two of upper) {
      const [a, b] = [negated(two.parts[name]), one.parts[name]],
        parts = {};
      for (const key in { ...one.parts, ...two.parts }) {
        parts[key] = plus(times(a, one.parts[key] ?? 0), times(b, two.parts[key] ?? 0));
      }
      if (!addSum(rest, parts, 1, plus(times(a, one.low), times(b, two.low)))) return null;
    }
  }
  return rest;
}

/** The same by halving boxes, up to a number of steps. */
function searched(boxes, bounds) {
  const stack = [boxes];
  for (let step = 0; step < MOST_STEPS; step += 1) {
    if (!stack.length) return false;
    const box = narrowed(stack.pop(), bounds),
      ranges = box && bounds.map(({ terms }) => rangeOf(terms, box));
    if (!box || ranges.some(([low, high], at) => high < bounds[at].low || low > bounds[at].high)) continue;
    if (ranges.every(([low, high], at) => low >= bounds[at].low && high <= bounds[at].high)) return true;
    const size = (name) => plus(box[name][1], negated(box[name][0]));
    const widest = Object.keys(box).reduce((one, two) => (size(two) > size(one) ? two : one));
    const [low, high] = box[widest],
      middle = under(plus(low, high), 2);
    if (low !== high) stack.push({ ...box, [widest]: [plus(middle, 1), high] }, { ...box, [widest]: [low, middle] });
    else if (solved(...withDays(box, bounds))) return true;
  }
  return null;
}

/** Bounds of known facts in which each moved date, open where the calendar is, stands for a number of its own. */
function withDays(box, bounds) {
  const days = { ...box };
  const own = (term) => {
    if (!term.shifts) return term;
    days[term.key] = boxOf(term, box);
    return { factor: term.factor, name: term.key, key: term.key };
  };
  return [days, bounds.map((bound) => ({ ...bound, terms: bound.terms.map(own) }))];
}

/** A box without what no bound allows, each looked at once; null when nothing is left. */
function narrowed(box, bounds) {
  const found = { ...box };
  for (const { terms, low, high } of bounds) {
    const [lowest, highest] = rangeOf(terms, found);
    for (const term of terms) {
      if (term.shifts) continue;
      const [one, two] = endsOf(term, found),
        size = term.factor < 0 ? negated(term.factor) : term.factor;
      let [fewest, top] = [
        plus(low, negated(plus(highest, negated(two)))),
        plus(high, negated(plus(lowest, negated(one)))),
      ];
      if (term.factor < 0) [fewest, top] = [negated(top), negated(fewest)];
      const [first, last] = found[term.name];
      found[term.name] = [most(first, above(fewest, size)), least(last, under(top, size))];
      if (found[term.name][0] > found[term.name][1]) return null;
    }
  }
  return found;
}

// ------------------------------------------------ a plan, read

class Plan {
  constructor(document) {
    if (document.format !== 1) throw new TypeError(`a plan of format ${document.format}, not 1`);
    const { rules, nodes, roots } = document;
    Object.assign(this, { document, roots, nodes, facts: rules.facts, readings: rules.readings });
    this.kinds = { ...rules.facts, ...rules.readings };
    this.decisions = new Map(rules.decisions.map((decision) => [decision.name, decision]));
    this.calendars = document.calendars.map(workedDays);
    this.levels = document.levels.map((level) => this.level(level));
    this.ends = document.ends;
    this.first = [0];
    for (const count of nodes.runs) this.first.push(this.first.at(-1) + count);
    this.cases = Object.fromEntries(
      Object.entries(roots).map(([name, root]) => [
        name,
        root.cases.map((own) => ({
          when: own.when,
          terms: this.terms(own.sum),
          constant: read(own.constant),
        })),
      ]),
    );
    /** Ends of diagrams, and then the places of rules, as ends of what is asked besides. */
    this.rows = this.ends.length;
    this.inner = this.rows + Math.max(0, ...rules.decisions.map((decision) => decision.rules.length));
  }

  /** A level: its facts, cuts or number of values, and of a sum the terms. */
  level({ variable, member, cuts, sum }) {
    const terms = sum && this.terms(sum),
      names = sum ? [...new Set(terms.map(({ name }) => name))] : [variable];
    const size = cuts ? cuts.length + 1 : member === undefined ? this.kinds[variable].values.length : 2;
    return { name: variable, names, member, terms, size, cuts: cuts?.map(read), isNumber: Boolean(cuts && !sum) };
  }

  terms(sum) {
    return sum.map(({ times: factor, variable: name, moved: shifts }) => ({
      factor: read(factor),
      name,
      key: name + JSON.stringify(shifts ?? ""),
      shifts: shifts?.map(({ months, days, working_days: count, calendar }) => ({
        months,
        days,
        count,
        spans: this.calendars[calendar],
      })),
    }));
  }

  kind(name) {
    if (!this.kinds[name]) throw new RangeError(`no fact or reading ${name}`);
    return this.kinds[name];
  }
}

/** The first and the worked days of each span that a calendar covers. */
function workedDays({ covered, exceptions }) {
  const turned = new Set(exceptions);
  return covered.map(([first, last]) => {
    const days = Array.from({ length: last - first + 1 }, (_, place) => first + place);
    return { first, days: days.filter((day) => isWeekend(day) === turned.has(day)) };
  });
}

// ------------------------------------------------ values in, values out

const isNumeric = (kind) => kind.least !== undefined;
const namesOf = (kind) => kind.values ?? [];

function placeOf(name, kind, value) {
  const place = namesOf(kind).indexOf(String(value));
  if (place < 0) throw new RangeError(`${name}: no value ${value}`);
  return place;
}

/** A number or date as a whole number: days, or what stands without the decimal point. */
function encoded(name, kind, value) {
  let found;
  if (kind.kind === "date") {
    found = dayNumber(value);
    if (Number.isNaN(found)) throw new RangeError(`${name}: no date ${value}`);
  } else {
    const [, sign, whole, part = ""] = /^(-?)(\d+)(?:\.(\d+))?$/.exec(String(value)) ?? [];
    const digits = part.replace(/0+$/, "");
    if (!whole || digits.length > kind.scale) throw new RangeError(`${name}: no such number: ${value}`);
    found = plain(BigInt(sign + whole + digits.padEnd(kind.scale, "0")));
    if (Number.isInteger(value) && !Number.isSafeInteger(value))
      throw new RangeError(`${name}: write ${value} as text`);
  }
  if (found < read(kind.least) || found > read(kind.greatest))
    throw new RangeError(`${name}: ${value} is out of range`);
  return found;
}

/** A number as JSON may hold it: text where it has decimals or is beyond what is exact; dates as ISO text. */
export function decoded(kind, number) {
  if (kind.kind === "date") return isoDay(number);
  if (!kind.scale) return typeof number === "bigint" ? String(number) : number;
  const digits = String(number < 0 ? negated(number) : number).padStart(kind.scale + 1, "0");
  return `${number < 0 ? "-" : ""}${digits.slice(0, -kind.scale)}.${digits.slice(-kind.scale)}`;
}

/** What is known of a fact: a box of a number, the places of possible values, or of sure and possible members. */
export function domainOf(name, kind, value) {
  const isUnknown = value === undefined || value === null,
    every = namesOf(kind).map((_, place) => place);
  if (isNumeric(kind)) {
    const part = typeof value === "object" && !isUnknown ? value : { least: value, greatest: value };
    const end = (own, other) => (own === undefined || own === null ? read(other) : encoded(name, kind, own));
    const box = [end(part.least, kind.least), end(part.greatest, kind.greatest)];
    if (box[0] > box[1]) throw new RangeError(`${name}: nothing is between these ends`);
    return box;
  }
  const places = (values) => new Set(values.map((own) => placeOf(name, kind, own)));
  if (kind.kind === "set") {
    const { sure = [], possible = null } = isUnknown
      ? {}
      : Array.isArray(value)
        ? { sure: value, possible: [] }
        : value;
    const own = places(sure);
    return { sure: own, possible: possible === null ? new Set(every) : new Set([...own, ...places(possible)]) };
  }
  if (isUnknown || kind.kind === "text") return new Set(every);
  const found = places(value.oneOf ?? [value]);
  if (!found.size) throw new RangeError(`${name}: one of no values`);
  return found;
}

/** Whether only one value is left. */
export const isKnown = (domain) =>
  Array.isArray(domain)
    ? domain[0] === domain[1]
    : domain.sure
      ? domain.sure.size === domain.possible.size
      : domain.size < 2;

/** The cells of a level that what is known leaves: from low to high, of these only those in `only`, if any. */
function cellsOf(level, domain, boxes) {
  if (level.cuts) {
    const [low, high] = level.terms ? rangeOf(level.terms, boxes) : boxes[level.name];
    return { low: cellOf(level.cuts, low), high: cellOf(level.cuts, high), only: null };
  }
  if (level.member !== undefined) {
    return { low: +domain.sure.has(level.member), high: +domain.possible.has(level.member), only: null };
  }
  const places = [...domain];
  return { low: Math.min(...places), high: Math.max(...places), only: domain.size < level.size ? domain : null };
}

function lastCell({ low, high, only }, start, end) {
  let cell = Math.min(end - 1, high);
  while (only && cell >= Math.max(start, low) && !only.has(cell)) cell -= 1;
  return cell < Math.max(start, low) ? -1 : cell;
}

// ------------------------------------------------ functions of what is open: numbers, equal ones the same number

class Functions {
  constructor(plan, cells) {
    Object.assign(this, { plan, cells, levels: [], runs: [], isSummed: [], equal: [], chosen: new Map() });
    this.found = new Int32Array(plan.nodes.level.length);
    this.supports = new Map();
  }

  isEnd(one) {
    return one < this.plan.inner;
  }
  levelOf(one) {
    return this.isEnd(one) ? Infinity : this.levels[one - this.plan.inner];
  }
  runsOf(one) {
    return this.runs[one - this.plan.inner];
  }
  /** Whether it depends on a sum. */
  isOfSums(one) {
    return !this.isEnd(one) && this.isSummed[one - this.plan.inner];
  }

  /** The function that goes on from a level by runs: [last cell, function]. */
  make(level, runs) {
    const joined = [];
    for (const run of runs) {
      if (joined.length && joined[joined.length - 1][1] === run[1]) joined[joined.length - 1] = run;
      else joined.push(run);
    }
    if (joined.length === 1) return joined[0][1];
    const [[last, first], [, second]] = joined,
      isPair = joined.length === 2 && last < WIDE && first < WIDE && second < WIDE;
    const equal = (this.equal[level] ??= new Map()),
      key = isPair ? (last * WIDE + first) * WIDE + second : joined.join(";");
    let one = equal.get(key);
    if (one === undefined) {
      one = this.plan.inner + this.levels.push(level) - 1;
      this.runs.push(joined);
      this.isSummed.push(Boolean(this.plan.levels[level].terms) || joined.some(([, to]) => this.isOfSums(to)));
      equal.set(key, one);
    }
    return one;
  }

  /** What remains of a node of the plan. */
  of(node) {
    const { rows, nodes, first } = this.plan;
    if (node < rows) return node;
    const inner = node - rows;
    if (this.found[inner]) return this.found[inner] - 1; // one more, for 0 is not found yet
    const level = nodes.level[inner],
      cells = this.cells(level),
      runs = [];
    for (let run = first[inner], start = 0; run < first[inner + 1]; start = nodes.end[run], run += 1) {
      const last = lastCell(cells, start, nodes.end[run]);
      if (last >= 0) runs.push([last, this.of(nodes.child[run])]);
    }
    this.found[inner] = this.make(level, runs) + 1;
    return this.found[inner] - 1;
  }

  /** The function that is one where a condition holds and another where not; ends other than true count as not. */
  choose(condition, then, otherwise) {
    if (condition === TRUE || then === otherwise) return then;
    if (this.isEnd(condition)) return otherwise;
    const key = `${condition},${then},${otherwise}`,
      known = this.chosen.get(key);
    if (known !== undefined) return known;
    const one = this.crossed([condition, then, otherwise], (parts) => this.choose(...parts));
    this.chosen.set(key, one);
    return one;
  }

  /** The function that joins what several are in each cell of the first level on which one of them depends. */
  crossed(parts, join) {
    const level = Math.min(...parts.map((one) => this.levelOf(one)));
    const runs = parts.map((one) => (this.levelOf(one) === level ? this.runsOf(one) : [[Infinity, one]]));
    const places = parts.map(() => 0),
      found = [];
    while (places.every((place, at) => place < runs[at].length)) {
      const own = places.map((place, at) => runs[at][place]),
        last = Math.min(...own.map((run) => run[0]));
      found.push([last, join(own.map((run) => run[1]))]);
      own.forEach((run, at) => {
        places[at] += +(run[0] === last);
      });
    }
    return this.make(level, found);
  }

  /** A function rebuilt from below: each end by `atEnd`, each other by `at(level, runs)` where that says something. */
  rebuilt(one, atEnd, at, kept = new Map()) {
    if (this.isEnd(one)) return atEnd(one);
    let found = kept.get(one);
    if (found === undefined) {
      const level = this.levelOf(one),
        go = (to) => this.rebuilt(to, atEnd, at, kept);
      found =
        at(level, this.runsOf(one), go) ??
        this.make(
          level,
          this.runsOf(one).map(([last, to]) => [last, go(to)]),
        );
      kept.set(one, found);
    }
    return found;
  }

  /** What remains where one cell is given of each of some levels: a Map. */
  where(one, given, kept) {
    const at = (level, runs, go) =>
      given.has(level) ? go(runs.find(([last]) => given.get(level) <= last)[1]) : undefined;
    return this.rebuilt(one, (end) => end, at, kept);
  }

  /** The levels on which a function depends, and the ends that it may lead to while sums are free. */
  support(one) {
    let found = this.supports.get(one);
    if (!found) {
      found = { levels: new Set(), ends: new Set() };
      const seen = new Set(),
        waiting = [one];
      for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
        if (this.isEnd(next)) found.ends.add(next);
        else if (!seen.has(next)) {
          found.levels.add(this.levelOf(next));
          for (const [, to] of this.runsOf(next)) waiting.push(to);
        }
        seen.add(next);
      }
      this.supports.set(one, found);
    }
    return found;
  }
}

// ------------------------------------------------ one organization

class Asked {
  /** domains: of every fact and reading. */
  constructor(plan, domains) {
    Object.assign(this, { plan, domains, isExact: true, decided: new Map(), groups: new Map(), cells: [] });
    this.boxes = Object.fromEntries(Object.entries(domains).filter(([, domain]) => Array.isArray(domain)));
    this.functions = new Functions(plan, (place) => (this.cells[place] ??= this.cellsAt(plan.levels[place])));
  }

  cellsAt(level) {
    if (level.terms) this.addBoxes(level.names);
    return cellsOf(level, this.domains[level.name], this.boxes);
  }

  /** Say between which numbers dates lie that are computed of several facts, and moved. */
  addBoxes(names) {
    for (const name of names) this.boxes[name] ??= this.span(name) ?? [FIRST, LAST];
  }

  isOpen(name) {
    return !isKnown(this.boxes[name]);
  }

  // -------------------------------------------- which cells sums can have together

  /** Sums on which something depends, those that share open facts together, with the numbers that are in them. */
  groupsOf(levels, asked = []) {
    let groups = asked.length ? [{ names: new Set(asked), sums: [] }] : [];
    for (const place of levels) {
      const { terms } = this.plan.levels[place];
      if (!terms) continue;
      const tied = terms.filter(({ name, shifts }) => this.isOpen(name) || shifts?.some(({ spans }) => spans));
      const names = tied.map(({ name }) => name),
        linked = groups.filter((group) => names.some((own) => group.names.has(own)));
      groups = groups.filter((group) => !linked.includes(group));
      groups.push({
        names: new Set([...names, ...linked.flatMap((group) => [...group.names])]),
        sums: [place, ...linked.flatMap((group) => group.sums)],
      });
    }
    return groups.map(({ names, sums }) => {
      const numbers = [...levels].filter((place) => names.has(this.plan.levels[place].name));
      return [...numbers, ...sums].sort((one, two) => one - two);
    });
  }

  /** Whether the cells of a group depend on nothing: every open fact brings it into each that its ends allow. */
  isFree(group) {
    const { terms, size } = this.plan.levels[group[0]];
    if (group.length > 1) return false;
    if (!terms || isEasy(terms)) return true;
    const open = new Set(terms.filter(({ name }) => this.isOpen(name)).map(({ name }) => name)).size;
    return isPlain(terms) && (open === 0 || (open === 1 && size === 2 && isEachOnce(terms)));
  }

  /** The cells that the levels of a group can have together, as Maps; null where they are too many. */
  casesOf(group) {
    const key = group.join();
    if (!this.groups.has(key)) this.groups.set(key, this.extended(group));
    const { found, isExact } = this.groups.get(key);
    this.isExact &&= isExact;
    return found;
  }

  extended(group) {
    let found = [{ given: new Map(), boxes: this.boxes, bounds: [] }],
      isExact = true;
    for (const place of group) {
      const level = this.plan.levels[place],
        { low, high } = this.cells[place],
        next = [];
      for (const one of found) {
        for (let cell = low; cell <= high; cell += 1) {
          const further = this.inCell(one, place, level, cell),
            can = this.solved(further);
          isExact &&= can !== null;
          if (can !== false) next.push(further);
          if (next.length > MOST_CASES) return { found: null, isExact: false };
        }
      }
      found = next;
    }
    return { found, isExact };
  }

  inCell({ given, boxes, bounds }, place, level, cell) {
    const first = cell ? level.cuts[cell - 1] : -Infinity;
    const last = cell < level.cuts.length ? plus(level.cuts[cell], -1) : Infinity;
    const further = new Map(given).set(place, cell);
    if (level.terms)
      return { given: further, boxes, bounds: [...bounds, { terms: level.terms, low: first, high: last }] };
    const [low, high] = boxes[level.name];
    return { given: further, boxes: { ...boxes, [level.name]: [most(low, first), least(high, last)] }, bounds };
  }

  solved({ boxes, bounds }) {
    const names = bounds.flatMap(({ terms }) => terms.map(({ name }) => name));
    return solved(Object.fromEntries(names.map((name) => [name, boxes[name]])), bounds);
  }

  /** Whether something can be; where that is not found out it counts as possible. */
  can(one) {
    const told = this.solved(one);
    this.isExact &&= told !== null;
    return told !== false;
  }

  /** A function in each case of the sums on which it depends: {one, cases}; null where there are too many. */
  split(one, levels = this.functions.support(one).levels, asked = []) {
    let found = [{ one, cases: [] }];
    if (!asked.length && !this.functions.isOfSums(one)) return found;
    for (const group of this.groupsOf(levels, asked)) {
      if (!asked.length && this.isFree(group)) continue;
      const cases = this.casesOf(group);
      if (!cases || found.length * cases.length > MOST_CASES) {
        this.isExact = false;
        return null;
      }
      found = cases.flatMap((own) => {
        const kept = new Map();
        return found.map((part) => ({
          one: this.functions.where(part.one, own.given, kept),
          cases: [...part.cases, own],
        }));
      });
    }
    return found;
  }

  /** The ends that a function may lead to. */
  endsOf(one) {
    if (this.functions.isEnd(one)) return new Set([one]);
    const parts = this.split(one) ?? [{ one }];
    return new Set(parts.flatMap((part) => [...this.functions.support(part.one).ends]));
  }

  /** true or false where a condition is known, otherwise null; whatever is in conflict besides. */
  truth(one) {
    const ends = this.endsOf(one);
    if (!ends.has(TRUE)) return false;
    return ends.has(FALSE) ? null : true;
  }

  // -------------------------------------------- what matters

  /** The facts and readings of which another value alone leads a function to another end. */
  matters(one) {
    const found = new Set(),
      parts = this.split(one) ?? [{ one, cases: [] }];
    for (const part of parts) {
      for (const place of this.functions.support(part.one).levels) this.addNames(found, this.plan.levels[place].names);
    }
    parts.forEach((part, at) => {
      for (const other of parts.slice(0, at)) {
        const changed = part.cases.flatMap((own, place) => (own === other.cases[place] ? [] : [place]));
        if (part.one === other.one || changed.length !== 1) continue;
        const [a, b] = [part.cases[changed[0]], other.cases[changed[0]]];
        const names = new Set([...a.given.keys()].flatMap((place) => this.plan.levels[place].names));
        this.addNames(
          found,
          [...names].filter((name) => !found.has(name) && this.isChanged(name, a, b)),
        );
      }
    });
    return found;
  }

  /** Add what is open; what is computed of several facts stands for them. */
  addNames(found, names) {
    for (const name of names) {
      if (!this.plan.kinds[name]) this.missing(name).forEach((own) => found.add(own));
      else if (!isKnown(this.domains[name])) found.add(name);
    }
  }

  /** Whether one fact alone can lead from a case to another, and there bring a sum of its terms to more than here. */
  isChanged(name, one, two, grown = null) {
    if (!this.isOpen(name)) return false;
    for (const [place, cell] of one.given) {
      if (cell !== two.given.get(place) && !this.plan.levels[place].names.includes(name)) return false;
    }
    const again = `${name}, again`;
    const copy = (term) => (term.name === name ? { ...term, name: again, key: `${term.key}, again` } : term);
    const bounds = [...one.bounds, ...two.bounds.map((bound) => ({ ...bound, terms: bound.terms.map(copy) }))];
    if (grown) {
      const own = grown.filter((term) => term.name === name);
      const terms = [...own.map((term) => ({ ...term, factor: negated(term.factor) })), ...own.map(copy)];
      bounds.push({ terms, low: 1, high: Infinity });
    }
    return this.can({ boxes: { ...one.boxes, [again]: two.boxes[name] }, bounds });
  }

  /** The facts and readings that matter for a decision. */
  missing(name) {
    const { functions } = this.decide(name),
      found = new Set();
    for (const one of functions) this.matters(one).forEach((own) => found.add(own));
    for (const { when, terms } of this.plan.cases[name] ?? []) {
      const names = new Set(terms.map((term) => term.name)),
        cases = this.casesOfSum(this.functions.of(when), terms);
      for (const own of names) {
        const isChanged = cases.some((one) => cases.some((two) => this.isChanged(own, one, two, terms)));
        if (isChanged) this.addNames(found, [own]);
      }
    }
    return found;
  }

  // -------------------------------------------- numbers and dates

  /** The cases of sums and numbers in which a condition may hold, as far as they say something about a sum. */
  casesOfSum(one, terms) {
    this.addBoxes(terms.map(({ name }) => name));
    if (one === FALSE) return [];
    const names = terms.map(({ name }) => name),
      parts = this.split(one, this.functions.support(one).levels, names);
    const found = parts
      ?.filter((part) => this.functions.support(part.one).ends.has(TRUE))
      .map(({ cases }) => ({
        given: new Map(cases.flatMap((own) => [...own.given])),
        bounds: cases.flatMap((own) => own.bounds),
        boxes: cases.reduce((boxes, own) => this.both(boxes, own.boxes), this.boxes),
      }));
    return found ?? [{ given: new Map(), boxes: this.boxes, bounds: [] }];
  }

  both(one, two) {
    const boxes = { ...one };
    for (const name in two) boxes[name] = [most(one[name][0], two[name][0]), least(one[name][1], two[name][1])];
    return boxes;
  }

  /** The least and the greatest value of a number or date; null where it has none. */
  span(name) {
    const ends = this.plan.cases[name].map((own) => this.spanOfCase(own)).filter(Boolean);
    return ends.length ? ends.reduce(([a, b], [c, d]) => [least(a, c), most(b, d)]) : null;
  }

  /** The same of one of its cases; null where it cannot be given. */
  spanOfCase({ when, terms, constant }) {
    const cases = this.casesOfSum(this.functions.of(when), terms);
    const ends = cases.map((own) => this.spanOf(terms, own).map((end) => plus(end, constant)));
    return ends.length ? ends.reduce(([a, b], [c, d]) => [least(a, c), most(b, d)]) : null;
  }

  /** When each case of a number is given; cases that give the same number, whatever is missing, are one. */
  given(cases) {
    const same = new Map(),
      others = [];
    for (const own of cases) {
      const one = this.functions.of(own.when),
        ends = this.spanOfCase(own);
      if (!ends || ends[0] !== ends[1]) others.push(one);
      else same.set(ends[0], this.functions.choose(one, TRUE, same.get(ends[0]) ?? FALSE));
    }
    return [...others, ...same.values()];
  }

  /** The least and the greatest value of a sum in a case. */
  spanOf(terms, own) {
    return [
      this.lowest(terms, own),
      negated(
        this.lowest(
          terms.map((term) => ({ ...term, factor: negated(term.factor) })),
          own,
        ),
      ),
    ];
  }

  /** The least value: halved until found. */
  lowest(terms, { boxes, bounds }) {
    let [low, high] = rangeOf(terms, boxes);
    if (!bounds.length && isEachOnce(terms)) return low;
    while (low < high) {
      const middle = under(plus(low, high), 2);
      if (this.can({ boxes, bounds: [...bounds, { terms, low: -Infinity, high: middle }] })) high = middle;
      else low = plus(middle, 1);
    }
    return low;
  }

  // -------------------------------------------- decisions

  /** What is found out about a decision; `functions` are what it depends on. */
  decide(name) {
    if (!this.decided.has(name)) {
      const outer = this.isExact;
      this.isExact = true;
      const found = this.found(this.plan.decisions.get(name), this.plan.roots[name]);
      this.decided.set(name, { ...found, isExact: this.isExact && Boolean(this.plan.roots[name]) });
      this.isExact &&= outer;
    }
    return this.decided.get(name);
  }

  found(decision, root) {
    if (!decision) throw new RangeError("no such decision");
    if (!root) return { decision, rules: decision.rules.map(() => null), functions: [], ends: new Set(), items: [] };
    const of = (nodes) => nodes.map((node) => this.functions.of(node));
    const [answer] = of([root.answer]),
      items = of(root.items),
      cases = this.given(this.plan.cases[decision.name]);
    const ruleFunctions = of(root.rules),
      functions = [answer, ...items, ...cases];
    const isComputed = (one) =>
      [...this.functions.support(one).levels].some((place) =>
        this.plan.levels[place].names.some((own) => !this.plan.kinds[own]),
      );
    if (functions.some(isComputed)) this.isExact = false;
    return {
      decision,
      functions,
      ruleFunctions,
      ends: this.endsOf(answer),
      span: root.cases.length ? this.span(decision.name) : null,
      items: items.map((one) => this.truth(one)),
      rules: ruleFunctions.map((one) => this.truth(one)),
    };
  }

  /** Whether an answer is a mark: true, false, or null where it may be. */
  mark({ ends }, mark) {
    const end = this.plan.ends.indexOf(mark);
    if (end < 0 || !ends.has(end)) return false;
    return ends.size === 1 ? true : null;
  }

  /** How far an answer is settled, as if readings were facts. */
  status(found) {
    if (found.decision.form === "absent") return "no_rule_in_force";
    if (this.mark(found, "conflict")) return "conflict";
    const isOne =
      found.ends.size === 1 && !found.items.includes(null) && (!found.span || found.span[0] === found.span[1]);
    return isOne ? "determined" : "undetermined";
  }

  /** The rules that decide, or may still decide, by their places. */
  deciding(found) {
    const { decision, rules, ruleFunctions } = found,
      every = [...rules.keys()],
      may = every.filter((place) => rules[place] !== false);
    if (!ruleFunctions || decision.form === "value") return ruleFunctions ? [] : every;
    if (decision.form === "criteria") return this.decidingCriteria(found, every, may);
    const open = may.filter((place) => rules[place] === null),
      holding = may.filter((place) => rules[place]);
    const output = (place) => decision.rules[place].output;
    if (["first", "priority"].includes(decision.hit_policy)) {
      const order = decision.hit_policy === "first" ? every : every.sort((one, two) => output(one) - output(two));
      const hit = order.reduceRight(
        (rest, place) => this.functions.choose(ruleFunctions[place], this.plan.rows + place, rest),
        FALSE,
      );
      const ends = this.endsOf(hit);
      return may.filter((place) => ends.has(this.plan.rows + place));
    }
    if (found.items.length) {
      const held = new Set(holding.map(output));
      return [...holding, ...open.filter((place) => !held.has(output(place)))].sort((one, two) => one - two);
    }
    const rows = holding.length && this.status(found) !== "undetermined" ? holding : may;
    return this.mark(found, "conflict") === false
      ? rows.filter((place) => this.possible(found).includes(output(place)))
      : rows;
  }

  decidingCriteria(found, every, may) {
    if (may.length < every.length) return every.filter((place) => found.rules[place] === false);
    const possible = this.possible(found),
      open = may.filter((place) => found.rules[place] === null);
    if (found.ends.size > 1 || this.mark(found, "conflict")) return open;
    return possible.includes(0) ? every : this.failingTogether(found, open);
  }

  /** The fewest of some criteria, later ones left out first, that cannot be met together. */
  failingTogether({ ruleFunctions }, open) {
    let kept = open;
    for (const place of [...open].reverse()) {
      const fewer = kept.filter((other) => other !== place);
      const together = fewer.reduceRight(
        (rest, other) => this.functions.choose(ruleFunctions[other], rest, FALSE),
        TRUE,
      );
      if (!this.endsOf(together).has(TRUE)) kept = fewer;
    }
    return kept;
  }

  /** The places of the values that remain possible. */
  possible({ ends }) {
    return [...ends]
      .map((end) => this.plan.ends[end])
      .filter(Array.isArray)
      .flat()
      .sort((one, two) => one - two);
  }

  /** The same organization under chosen readings. */
  under(choice) {
    return new Asked(this.plan, { ...this.domains, ...choice });
  }

  // -------------------------------------------- as it is told

  outcome(name) {
    const found = this.decide(name),
      { decision } = found,
      shown = this.shown(found),
      outer = this.isExact;
    this.isExact = found.isExact;
    const status = this.plan.roots[name] ? this.status(found) : "undetermined";
    const matter = status === "undetermined" ? this.asks(name) : [];
    const readings = matter.filter((own) => this.plan.readings[own]),
      missing = matter.filter((own) => this.plan.facts[own]);
    const byReading = readings.length && !missing.length ? this.byReading(name, readings) : null;
    const outcome = {
      status: byReading ? "unsettled_by_law" : status,
      ...shown,
      missing,
      readings,
      byReading,
      rules: Object.fromEntries(decision.rules.map(({ id }, place) => [id, found.rules[place]])),
      deciding: this.deciding(found).map((place) => decision.rules[place].id),
      exact: this.isExact,
    };
    this.isExact = outer;
    return outcome;
  }

  /** The facts and readings that matter; of a decision without diagrams all that are open. */
  asks(name) {
    if (this.plan.roots[name]) return [...this.missing(name)];
    return Object.keys(this.plan.kinds).filter((own) => !isKnown(this.domains[own]));
  }

  /** The answer under each choice of readings; null where one of them does not settle it. */
  byReading(name, readings) {
    let choices = [{}];
    for (const own of readings) {
      choices = choices.flatMap((choice) =>
        [...this.domains[own]].map((place) => ({ ...choice, [own]: new Set([place]) })),
      );
      if (choices.length > MOST_CHOICES) return null;
    }
    const told = choices.map((choice) => {
      const asked = this.under(choice),
        found = asked.decide(name),
        { answer, conflict, none } = asked.shown(found);
      const options = readings.map((own) => [own, this.plan.readings[own].values[[...choice[own]][0]]]);
      return { readings: Object.fromEntries(options), status: asked.status(found), answer, conflict, none };
    });
    return told.some(({ status }) => status === "undetermined") ? null : told;
  }

  /** An answer in words of the plan: what is possible, and `answer` where it is one. */
  shown(found) {
    const {
        decision: { form, type },
        items,
        span,
      } = found,
      isOne = this.plan.roots[found.decision.name] && this.status(found) === "determined";
    const value = (place) => (type.kind === "boolean" ? place === 0 : type.values[place]);
    const shown = { answer: null, conflict: this.mark(found, "conflict"), none: this.mark(found, "none") };
    if (form === "value") {
      const [low, high] = span ? span.map((end) => decoded(type, end)) : [null, null];
      return { ...shown, low, high, answer: isOne ? low : null };
    }
    if (items.length) {
      const sure = type.values.filter((_, place) => items[place]),
        possible = type.values.filter((_, place) => items[place] !== false);
      return { ...shown, sure, possible, answer: isOne ? sure : null };
    }
    const possible = this.possible(found).map(value);
    return { ...shown, possible, answer: isOne && possible.length ? possible[0] : null };
  }
}

// ------------------------------------------------ smallest changes

/** The search for changes of known facts after which an answer is certain, or possible. */
class Changes {
  constructor(asked, free, isCertain) {
    const { plan, domains } = asked,
      wide = Object.fromEntries([...free].map((name) => [name, domainOf(name, plan.kinds[name])]));
    Object.assign(this, { asked, plan, free, isCertain, taken: [], open: new Asked(plan, { ...domains, ...wide }) });
    this.isOffered = new Set();
    this.isSummed = new Set(plan.levels.flatMap(({ terms, names }) => (terms ? names : [])));
    this.costs = new Map();
  }

  isFree(place) {
    return this.plan.levels[place].names.some((name) => this.free.has(name));
  }

  /** What is known now: the place of a value, the members of a set, a number. */
  present(name) {
    const domain = this.asked.domains[name];
    return Array.isArray(domain) ? domain[0] : (domain.sure ?? [...domain][0]);
  }

  /**
   * Where the search begins: when an answer is as wanted, as functions of what may change, in each case of the unknown
   * numbers that stand in sums with it. All of them have to hold, or one of them.
   */
  starts(node, isWanted) {
    const { functions } = this.open,
      one = functions.rebuilt(
        functions.of(node),
        (end) => (isWanted(end) ? TRUE : FALSE),
        () => undefined,
      );
    const join = (a, b) => (this.isCertain ? functions.choose(a, b, FALSE) : functions.choose(a, TRUE, b));
    const levels = [...functions.support(one).levels],
      sums = levels.filter((place) => this.plan.levels[place].terms && this.isFree(place));
    const unknown = sums
      .flatMap((place) => this.plan.levels[place].names)
      .filter((name) => !this.free.has(name) && this.open.isOpen(name));
    const parts = this.open.split(one, new Set(levels.filter((place) => !this.isFree(place))), unknown) ?? [
      { one, cases: [] },
    ];
    const at = (place, runs, go) => (this.isFree(place) ? undefined : runs.map(([, to]) => go(to)).reduce(join));
    const spots = parts.map((part) => ({
      one: functions.rebuilt(part.one, (end) => end, at),
      boxes: part.cases.reduce((boxes, own) => this.open.both(boxes, own.boxes), this.open.boxes),
      bounds: part.cases.flatMap((own) => own.bounds),
    }));
    const different = spots.filter(
      (spot, place) => spots.findIndex((other) => other.one === spot.one) === place || functions.isOfSums(spot.one),
    );
    return this.isCertain ? [different] : different.map((spot) => [spot]);
  }

  /** Changes that may lead from spots to the wanted answer, those of few facts first. */
  *found(starts) {
    const waiting = [],
      seen = new Set(),
      add = (path) => {
        const whole = path.cost + Math.max(...path.spots.map(({ one }) => this.leastCost(one))),
          key = keyOf(path);
        if (whole < Infinity && !seen.has(key)) (waiting[whole] ??= []).push(path);
        seen.add(key);
      };
    for (const spots of starts) add({ spots, cells: [], bounds: this.isCertain ? [] : spots[0].bounds, cost: 0 });
    for (let cost = 0, step = 0; cost < waiting.length && step < MOST_PATHS; step += 1) {
      const path = waiting[cost]?.pop();
      if (!path) cost += 1;
      else if (this.holdsTaken(this.sizesOn(path))) continue;
      else if (path.spots.every(({ one }) => one === TRUE)) yield* this.filled(path);
      else for (const further of this.onward(path)) add(further);
    }
  }

  /** How many facts must change at least from a function on, whatever sums need. */
  leastCost(one) {
    if (this.open.functions.isEnd(one)) return one === TRUE ? 0 : Infinity;
    if (!this.costs.has(one)) {
      this.costs.set(one, Math.min(...this.runs([one]).map((run) => this.leastCost(run.to[0]) + this.cost(run))));
    }
    return this.costs.get(one);
  }

  /** The runs of cells of the first level of some functions, and what the functions are there. */
  runs(ones) {
    const { functions } = this.open,
      place = Math.min(...ones.map((one) => functions.levelOf(one)));
    const own = ones.map((one) => (functions.levelOf(one) === place ? functions.runsOf(one) : [[Infinity, one]]));
    const lasts = [...new Set(own.flat().map(([last]) => last))].filter(Number.isFinite).sort((a, b) => a - b);
    let first = functions.cells(place).low;
    return lasts.map((last) => ({
      place,
      first,
      last: (first = last + 1) - 1,
      to: own.map((runs) => runs.find(([end]) => last <= end)[1]),
    }));
  }

  /** One where a fact leaves its cell. */
  cost({ place, first, last }) {
    const cell = this.asked.functions.cells(place).low;
    return +(!this.plan.levels[place].terms && !(first <= cell && cell <= last));
  }

  *onward(path) {
    const runs = this.runs(path.spots.map(({ one }) => one)),
      { terms, name } = this.plan.levels[runs[0].place];
    if (terms) return yield* this.summed(path, runs[0].place);
    for (const run of runs) {
      if (this.cost(run) && runs.some((other) => this.isNearer(other, run) && this.isInVain(name, run, other)))
        continue;
      const spots = path.spots.map((spot, place) => ({ ...spot, one: run.to[place] }));
      const isTold = this.cost(run) || this.isSummed.has(name);
      yield { ...path, spots, cells: isTold ? [...path.cells, run] : path.cells, cost: path.cost + this.cost(run) };
    }
  }

  /** Whether it is a smaller change, or none, to be in some cells than in others. */
  isNearer(one, two) {
    return (
      one !== two && (!this.cost(one) || (this.plan.levels[one.place].isNumber && this.size(one) < this.size(two)))
    );
  }

  /** Whether all that leads on from some cells leads there from others too. */
  isInVain(name, run, other) {
    const { functions } = this.open,
      levels = [...run.to, ...other.to].flatMap((one) => [...functions.support(one).levels]);
    if (levels.some((place) => this.plan.levels[place].terms?.some((term) => term.name === name))) return false;
    return run.to.every((one, place) => functions.choose(one, other.to[place], TRUE) === TRUE);
  }

  /** The ways on where a sum lies in some cells; where unknown facts are in it, in several whatever they are. */
  *summed(path, place) {
    const { terms, cuts } = this.plan.levels[place],
      { functions } = this.open;
    const at = path.spots.findIndex(({ one }) => functions.levelOf(one) === place),
      runs = this.runs([path.spots[at].one]);
    const [own, others] = [true, false].map((isFree) => terms.filter(({ name }) => this.free.has(name) === isFree));
    const [low, high] = this.isCertain ? this.open.spanOf(others, path.spots[at]) : [0, 0];
    for (let from = 0; from < runs.length; from += 1) {
      for (let to = from, one = TRUE; to < (low === high ? from + 1 : runs.length); to += 1) {
        one = functions.choose(one, runs[to].to[0], FALSE);
        const first = runs[from].first ? cuts[runs[from].first - 1] : -Infinity;
        const last = runs[to].last < cuts.length ? plus(cuts[runs[to].last], -1) : Infinity;
        const bound = {
          terms: this.isCertain ? own : terms,
          low: plus(first, negated(low)),
          high: plus(last, negated(high)),
        };
        const kept = this.isCertain ? surely(bound) : bound;
        yield {
          ...path,
          spots: path.spots.map((spot, other) => (other === at ? { ...spot, one } : spot)),
          bounds: [...path.bounds, { ...kept, from: `${place},${at},${from},${to}` }],
        };
      }
    }
  }

  box({ place, first, last }) {
    const { name, cuts } = this.plan.levels[place],
      [low, high] = this.open.boxes[name];
    return [first ? most(low, cuts[first - 1]) : low, last < cuts.length ? least(high, plus(cuts[last], -1)) : high];
  }

  nearest(name, [low, high]) {
    return least(most(this.present(name), low), high);
  }

  // -------------------------------------------- how large changes are

  distance(name, value) {
    const away = plus(value, negated(this.present(name)));
    return away < 0 ? negated(away) : away;
  }

  /** By how much a run of cells changes a fact at least. */
  size(run) {
    const { name, isNumber, member } = this.plan.levels[run.place];
    return isNumber
      ? this.distance(name, this.nearest(name, this.box(run)))
      : member === undefined
        ? 1
        : new Set([member]);
  }

  /** By how much each fact changes: a number by a difference, a set by members, another fact by one. */
  sizes(change) {
    return new Map(
      [...change].map(([name, value]) => {
        const kind = this.plan.kinds[name],
          now = this.present(name);
        if (isNumeric(kind)) return [name, this.distance(name, value)];
        return [name, kind.kind === "set" ? this.turned(now, value) : 1];
      }),
    );
  }

  turned(one, two) {
    return new Set([...[...one].filter((at) => !two.has(at)), ...[...two].filter((at) => !one.has(at))]);
  }

  isNoMore(one, two) {
    return one instanceof Set ? [...one].every((at) => two.has(at)) : one <= two;
  }
  fits(one, two) {
    return [...one].every(([name, size]) => two.has(name) && this.isNoMore(size, two.get(name)));
  }
  isSmaller(one, two) {
    return this.fits(one, two) && !this.fits(two, one);
  }

  sizesOn({ cells }) {
    const sizes = new Map();
    for (const run of cells.filter((own) => this.cost(own))) {
      const { name } = this.plan.levels[run.place],
        size = this.size(run);
      sizes.set(name, size instanceof Set ? new Set([...size, ...(sizes.get(name) ?? [])]) : size);
    }
    return sizes;
  }

  /** Whether a change of these sizes contains one that leads there. */
  holdsTaken(sizes) {
    return this.taken.some((own) => this.isSmaller(own.sizes, sizes));
  }

  // -------------------------------------------- values with which a way is gone

  *filled({ spots, cells, bounds }) {
    const boxes = {},
      summed = [],
      values = new Map();
    for (const { terms } of bounds)
      for (const { name } of terms) boxes[name] = (this.isCertain ? this.open : spots[0]).boxes[name];
    for (const run of cells) {
      const { name, isNumber, member } = this.plan.levels[run.place];
      if (isNumber && boxes[name]) {
        boxes[name] = this.box(run);
        if (this.cost(run)) summed.push(name);
      } else if (this.cost(run)) {
        if (isNumber) values.set(name, [this.nearest(name, this.box(run))]);
        else if (member !== undefined)
          values.set(name, [this.turned(values.get(name)?.[0] ?? this.present(name), new Set([member]))]);
        else
          values.set(
            name,
            [...this.open.domains[name]].filter((at) => run.first <= at && at <= run.last),
          );
      }
    }
    for (const numbers of this.nearestOf(summed, boxes, bounds)) {
      let found = [new Map(numbers)];
      for (const [name, choices] of values)
        found = found.flatMap((own) => choices.map((at) => new Map(own).set(name, at)));
      yield* found.filter((change) => this.isNew(change));
    }
  }

  isNew(change) {
    const key = [...change]
      .map(([name, at]) => `${name}:${at instanceof Set ? [...at].sort() : at}`)
      .sort()
      .join(";");
    return !this.isOffered.has(key) && Boolean(this.isOffered.add(key));
  }

  /** The nearest numbers with which sums lie between bounds: those changed in any case as far as needed, or least. */
  *nearestOf(changing, boxes, bounds) {
    yield* this.needed(changing, boxes, bounds, this.free);
    if (!changing.length) return;
    const nearest = changing.map((name) => [name, this.nearest(name, boxes[name])]);
    const kept = { ...boxes, ...Object.fromEntries(nearest.map(([name, at]) => [name, [at, at]])) };
    const others = new Set([...this.free].filter((name) => !changing.includes(name)));
    for (const own of this.needed([], kept, bounds, others)) yield [...nearest, ...own];
  }

  *needed(changing, boxes, bounds, free) {
    const enough = [],
      others = Object.keys(boxes).filter((name) => free.has(name) && !changing.includes(name));
    for (const extra of selections(others)) {
      if (enough.some((own) => own.every((name) => extra.includes(name)))) continue;
      const kept = { ...boxes };
      for (const name of others) if (!extra.includes(name)) kept[name] = [this.present(name), this.present(name)];
      if (
        others.some((name) => kept[name][0] < boxes[name][0] || kept[name][1] > boxes[name][1]) ||
        !solvable(kept, bounds)
      )
        continue;
      enough.push(extra);
      for (const order of orders([...changing, ...extra])) yield* this.placed(order, kept, bounds);
    }
  }

  /** Numbers, each as near to what it is as those before it allow. */
  *placed([name, ...rest], boxes, bounds) {
    if (!name) return yield [];
    const now = this.present(name),
      [low, high] = boxes[name],
      away = this.radius(name, boxes, bounds);
    for (const at of new Set([plus(now, negated(away)), plus(now, away)])) {
      const placed = { ...boxes, [name]: [at, at] };
      if (at < low || at > high || !solvable(placed, bounds)) continue;
      for (const own of this.placed(rest, placed, bounds)) yield at === now ? own : [[name, at], ...own];
    }
  }

  /** How far a number has to change at least. */
  radius(name, boxes, bounds) {
    const now = this.present(name),
      [low, high] = boxes[name];
    let [from, to] = [0, most(this.distance(name, low), this.distance(name, high))];
    while (from < to) {
      const middle = under(plus(from, to), 2),
        box = [most(low, plus(now, negated(middle))), least(high, plus(now, middle))];
      if (box[0] <= box[1] && solvable({ ...boxes, [name]: box }, bounds)) to = middle;
      else from = plus(middle, 1);
    }
    return from;
  }
}

const keyOf = ({ spots, cells, bounds }) =>
  [
    spots.map(({ one }) => one),
    cells.map(({ place, first, last }) => [place, first, last]),
    bounds.map(({ from }) => from),
  ].join("|");

/** A bound of a date alone, moved to a day that the calendar leaves open: one with which each such day is within it. */
function surely(bound) {
  const {
    terms: [{ factor, name, shifts } = {}],
    low,
    high,
  } = bound;
  if (bound.terms.length > 1 || !shifts?.some(({ spans }) => spans)) return bound;
  const [first, last] = factor < 0 ? [negated(high), negated(low)] : [low, high],
    size = factor < 0 ? negated(factor) : factor;
  return {
    terms: [{ factor: 1, name, key: name }],
    low: first === -Infinity ? first : reaching(0, shifts, above(first, size)),
    high: last === Infinity ? last : reaching(1, shifts, plus(under(last, size), 1)) - 1,
  };
}

/** The first day whose earliest (0) or latest (1) moved day reaches a target; the day after the last when none does. */
export function reaching(end, shifts, target) {
  let low = FIRST,
    high = LAST + 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (moved([middle, middle], shifts)[end] >= target) high = middle;
    else low = middle + 1;
  }
  return low;
}

const solvable = (boxes, bounds) => solved(boxes, bounds) !== false;

/** Some of the names, few first. */
function selections(names) {
  const found = Array.from({ length: 1 << names.length }, (_, bits) => names.filter((_name, at) => (bits >> at) & 1));
  return found.sort((one, two) => one.length - two.length);
}

/** The orders of a few names; of many names one. */
function orders(names) {
  if (names.length < 2 || names.length > 3) return [names];
  return names.flatMap((name, at) => orders(names.filter((_, other) => other !== at)).map((rest) => [name, ...rest]));
}

// ------------------------------------------------ the interface

/** Read a plan: its text, or what JSON.parse makes of it. */
export function load(plan) {
  return new Plan(typeof plan === "string" ? JSON.parse(plan) : plan);
}

function asked(plan, facts, readings) {
  for (const name of Object.keys(facts)) if (!plan.facts[name]) throw new RangeError(`no fact ${name}`);
  for (const name of Object.keys(readings)) if (!plan.readings[name]) throw new RangeError(`no reading ${name}`);
  const given = { ...facts, ...readings };
  return new Asked(
    plan,
    Object.fromEntries(Object.entries(plan.kinds).map(([name, kind]) => [name, domainOf(name, kind, given[name])])),
  );
}

/**
 * Answer decisions about one organization.
 *
 * facts: values by name; what is absent, null or undefined is unknown. readings: options of open texts; one that is
 * absent is open. names: the decisions; all when absent.
 */
export function ask(plan, facts, readings = {}, names = [...plan.decisions.keys()]) {
  const outcome = about(plan, facts, readings);
  return { decisions: Object.fromEntries(names.map((name) => [name, outcome(name)])) };
}

/** The same one decision at a time: a function from its name to its outcome, which remembers what it found out. */
export function about(plan, facts, readings = {}) {
  const one = asked(plan, facts, readings);
  return (name) => one.outcome(name);
}

/** The facts to ask for so that the goals are settled: by the given order of names, else as the diagrams ask. */
export function next(plan, facts, goals, order = plan.levels.flatMap(({ names }) => names), readings = {}) {
  const one = asked(plan, facts, readings);
  const found = new Set(goals.flatMap((name) => one.outcome(name).missing));
  const place = (name) => (order.includes(name) ? order.indexOf(name) : order.length);
  return [...found].sort((a, b) => place(a) - place(b));
}

/**
 * The smallest changes of changeable facts with which a decision has a value, or a list an item; none where it has.
 *
 * Each is a mapping from facts to new values; those that contain another one are left out. `certain`: whether the
 * value is to be certain, or only possible. `allows`: tells whether facts may be so at all, for a plan does not say
 * which contradict one another.
 */
export function gaps(
  plan,
  facts,
  decision,
  value,
  changeable,
  { readings = {}, certain = true, allows = () => true } = {},
) {
  const now = asked(plan, facts, readings),
    root = plan.roots[decision],
    { type, form } = plan.decisions.get(decision);
  if (!root || form === "value" || form === "absent") return [];
  const place = placeOf(decision, type, value),
    isList = root.items.length > 0,
    node = isList ? root.items[place] : root.answer;
  const isWanted = (end) => (isList ? end === TRUE : Array.isArray(plan.ends[end]) && plan.ends[end].includes(place));
  const isReached = (one) => {
    const truth = one.truth(
      one.functions.rebuilt(
        one.functions.of(node),
        (end) => (isWanted(end) ? TRUE : FALSE),
        () => undefined,
      ),
    );
    return truth || (truth === null && !certain);
  };
  if (isReached(now)) return [];
  const free = new Set(changeable.filter((name) => plan.kind(name).kind !== "text" && isKnown(now.domains[name])));
  const search = new Changes(now, free, certain),
    told = (change) => toldOf(plan, change);
  for (const change of search.found(search.starts(node, isWanted))) {
    const domains = [...change].map(([name, at]) => [name, domainOfOne(plan.kinds[name], at)]),
      sizes = search.sizes(change);
    if (search.holdsTaken(sizes) || !allows({ ...facts, ...told(change) })) continue;
    if (isReached(now.under(Object.fromEntries(domains))) && search.taken.push({ change, sizes }) === MOST_GAPS) break;
  }
  const kept = search.taken.filter(({ sizes }) => !search.holdsTaken(sizes));
  return kept.sort((one, two) => one.sizes.size - two.sizes.size).map(({ change }) => told(change));
}

function domainOfOne(kind, at) {
  if (isNumeric(kind)) return [at, at];
  return kind.kind === "set" ? { sure: at, possible: at } : new Set([at]);
}

/** Changed values as facts are given. */
function toldOf(plan, change) {
  return Object.fromEntries(
    [...change].map(([name, at]) => {
      const kind = plan.kinds[name];
      if (isNumeric(kind)) return [name, decoded(kind, at)];
      if (kind.kind === "set") return [name, kind.values.filter((_, own) => at.has(own))];
      return [name, kind.kind === "boolean" ? at === 0 : kind.values[at]];
    }),
  );
}

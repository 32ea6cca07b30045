/**
 * Answers from a kept plan: decision diagrams as canonical JSON, docs/explanation/kept-plans.md. No dependencies.
 *
 * What is known of an organization leaves each level of the diagrams some cells. The diagrams are narrowed to them and
 * equal functions kept once, so that what still matters is what is still asked for. Sums that share facts are looked
 * at in cases: the cells that whole numbers can bring them into together. Numbers are BigInt; cells, places of values
 * and functions are Number. The interface is at the end.
 */

const FALSE = 0,
  TRUE = 1; // the first two ends of every plan
export const FIRST = 693596; // 1900-01-01, the first day of a date
export const LAST = 803169; // 2200-01-01
const EPOCH = 719163; // 1970-01-01
const MOST_CASES = 256,
  MOST_STEPS = 2000,
  MOST_SUMS = 400,
  MOST_GAPS = 64,
  MOST_PATHS = 20000;

const least = (a, b) => (b < a ? b : a);
const most = (a, b) => (b > a ? b : a);
const size = (n) => (n < 0n ? -n : n);
/** The greatest whole number that is not above a / b, for b > 0, and the least that is not below. */
const under = (a, b) => (a - (((a % b) + b) % b)) / b;
const above = (a, b) => -under(-a, b);
const divisorOf = (a, b) => (b ? divisorOf(b, a % b) : size(a));
const both = ([a, b], [c, d]) => [most(a, c), least(b, d)];
const isOne = ([low, high]) => low === high;
const upTo = (first, last) => Array.from({ length: last - first + 1 }, (_, at) => first + at);
const ascending = (one, two) => one - two;
const unique = (parts) => [...new Set(parts)];
const keyed = (names, at) => Object.fromEntries(names.map((name, place) => [name, at(name, place)]));
const mapped = (parts, change) => keyed(Object.keys(parts), (name) => change(parts[name], name));
const refuse = (told) => {
  throw new RangeError(told);
};

/** The first number from low on that holds, where all behind it do; high where none before it does. */
function firstOf(low, high, holds) {
  while (low < high) {
    const middle = under(low + high, 2n);
    if (holds(middle)) high = middle;
    else low = middle + 1n;
  }
  return low;
}

/** What a map has at a key; where it has nothing, what is found now. */
function foundIn(map, key, find) {
  if (!map.has(key)) map.set(key, find());
  return map.get(key);
}

/** A function of nodes that asks itself about those below, about each once. */
function fromBelow(at) {
  const found = new Map(),
    go = (one) => foundIn(found, one, () => at(one, go));
  return go;
}

// ------------------------------------------------ dates: days, day 1 being 0001-01-01

const within = (day) => Math.min(Math.max(day, FIRST), LAST);
const dateOf = (day) => new Date((day - EPOCH) * 864e5);
const dayOf = (time) => time / 864e5 + EPOCH;
/** A day as ISO text. */
export const isoDay = (day) => dateOf(day).toISOString().slice(0, 10);

/** The number of a day, day 1 being 0001-01-01; NaN where a text names none. */
export function dayNumber(text) {
  const found = /^\d{4}-\d\d-\d\d$/.test(text) && dayOf(Date.parse(text));
  return found && isoDay(found) === text ? found : NaN;
}

function monthsLater(day, months) {
  const date = dateOf(day),
    [month, place] = [date.getUTCMonth() + months, date.getUTCDate()],
    first = dayOf(date.setUTCMonth(month, 1)),
    following = dayOf(date.setUTCMonth(date.getUTCMonth() + 1, 1));
  return Math.min(first + place, following) - 1;
}

/** The days that become the working day so many working days later: one, or those that the calendar leaves open. */
function workingDaysLater(day, count, spans) {
  if (!count) return [day, day];
  let low = day + count;
  for (const { first, days } of spans) {
    if (days.length < count) continue;
    if (day < first - 1) return [low, days[count - 1]];
    const place = cellOf(days, day) + count - 1;
    if (place < days.length) return [days[place], days[place]];
    low = Math.max(low, days.at(-1));
  }
  return [low, LAST];
}

/** The first and last day that the days of a span may become. */
export function moved(span, shifts) {
  return shifts.reduce(
    (ends, { months, days, working_days: count, spans }) =>
      ends.map((day, end) =>
        within(spans ? workingDaysLater(day, count, spans)[end] : monthsLater(day, months) + days),
      ),
    span.map(within),
  );
}

/** The first day whose earliest (0) or latest (1) moved day reaches a target; the day after the last when none does. */
export const reaching = (end, shifts, target) =>
  Number(firstOf(BigInt(FIRST), BigInt(LAST + 1), (day) => moved([day, day].map(Number), shifts)[end] >= target));

/** How many cuts are not above a value: its cell. */
const cellOf = (cuts, value) => cuts.filter((cut) => cut <= value).length;

// ------------------------------------------------ sums: terms {factor, name, key, shifts}; bounds {terms, low}

/** A term; its key is that of others with the same variable and shifts. */
const termOf = (factor, name, shifts = []) => ({
  factor,
  name,
  key: [name, ...shifts.map(({ key }) => key)].join(),
  shifts: shifts[0] && shifts,
});

/** The bounds of a sum, with others besides, that is not below a number and below another; each may be absent. */
const between = (terms, low, end, others = [0n, 0n]) => [
  ...(low == null ? [] : [{ terms, low: low - others[0] }]),
  ...(end == null ? [] : [{ terms: negative(terms), low: 1n - end + others[1] }]),
];
/** Bounds, each term of which is another one. */
const rewritten = (bounds, change) => bounds.map(({ terms, low }) => ({ terms: terms.map(change), low }));
const negative = (terms) => terms.map((term) => ({ ...term, factor: -term.factor }));
/** What a term may have in common with others: its fact, and shifts that make one open day of one date. */
const tiesOf = ({ name, shifts = [] }) => [name, ...shifts.filter(({ spans }) => spans).map(({ key }) => key)];
const isVague = (term) => tiesOf(term).length > 1;
const isEachOnce = (terms) => terms.flatMap(tiesOf).every((tie, at, ties) => ties.indexOf(tie) === at);
/** Whether a sum takes a value between any two of its cuts that it has between them. */
const isEasy = (terms) =>
  terms.length === 1
    ? tiesOf(terms[0]).length < 3
    : isEachOnce(terms) && terms.every(({ factor, shifts }) => !shifts && size(factor) === 1n);
const termsOf = (bounds) => bounds.flatMap(({ terms }) => terms);
const boundsOf = (cases) => cases.flatMap(({ bounds }) => bounds);

/** Between which numbers a fact, or the day that becomes of it, lies. */
const boxOf = ({ name, shifts }, boxes) => (shifts ? moved(boxes[name].map(Number), shifts).map(BigInt) : boxes[name]);

function endsOf(term, boxes) {
  const ends = boxOf(term, boxes).map((end) => end * term.factor);
  return term.factor < 0n ? ends.reverse() : ends;
}

const rangeOf = (terms, boxes) =>
  terms.map((term) => endsOf(term, boxes)).reduce(([a, b], [c, d]) => [a + c, b + d], [0n, 0n]);

const openBounds = (bounds, boxes) => bounds.filter(({ terms, low }) => rangeOf(terms, boxes)[0] < low);

/** Whether whole numbers in boxes satisfy all bounds, by halving boxes; null where it is not found out. */
function solved(...start) {
  const waiting = [start];
  for (let step = 0; waiting.length; step += 1) {
    const [boxes, bounds] = apart(...waiting.pop()),
      box = narrowed(boxes, bounds),
      open = box ? openBounds(bounds, box) : [],
      told = box && eliminated(box, open),
      width = ({ name }) => box[name][1] - box[name][0],
      terms = termsOf(open);
    if (told && terms.every(({ shifts }) => !shifts)) return true;
    if (told === false || !box) continue;
    const { name } = terms.reduce((one, two) => (width(two) > width(one) ? two : one)),
      [low, high] = box[name],
      middle = under(low + high, 2n);
    if (low === high || step > MOST_STEPS) return null;
    waiting.push([{ ...box, [name]: [middle + 1n, high] }, bounds], [{ ...box, [name]: [low, middle] }, bounds]);
  }
  return false;
}

/** Boxes and bounds with known dates moved up to the first open day: a number, the same for the same shift of the same day. */
function apart(boxes, bounds) {
  const found = { ...boxes };
  const known = (term) => {
    const { factor, name, shifts: [first, ...rest] = [] } = term;
    if (!first || !isOne(found[name])) return term;
    const own = found[name][0] + first.key;
    found[own] ??= boxOf({ name, shifts: [first] }, found);
    return known(termOf(factor, own, rest));
  };
  return [found, rewritten(bounds, known)];
}

/** Boxes without what no bound allows, each looked at once; null when nothing is left. */
function narrowed(boxes, bounds) {
  const found = { ...boxes };
  for (const { terms, low } of bounds) {
    const highest = rangeOf(terms, found)[1];
    for (const term of terms.filter(({ shifts }) => !shifts)) {
      const { name, factor } = term,
        rest = low - highest + endsOf(term, found)[1];
      found[name] = both(
        found[name],
        factor > 0n ? [above(rest, factor), found[name][1]] : [found[name][0], under(-rest, -factor)],
      );
      if (found[name][0] > found[name][1]) return null;
    }
  }
  return found;
}

/** Whether numbers satisfy bounds, by eliminating one after the other, where each pair about it has it once (Fourier, Pugh). */
function eliminated(boxes, bounds) {
  const terms = termsOf(bounds),
    names = unique(terms.map(({ key }) => key)),
    sides = terms.flatMap((term) =>
      [1n, -1n].map((factor) => ({ terms: [{ ...term, factor }], low: endsOf({ ...term, factor }, boxes)[0] })),
    );
  let sums = new Map();
  if (![...bounds, ...sides].every((bound) => addSum(sums, [bound, 1n]))) return false;
  while (names.length) {
    const place = names.findIndex((name) => isSingle(sums, name));
    if (place < 0 || sums.size > MOST_SUMS) return null;
    sums = without(sums, names.splice(place, 1)[0]);
    if (!sums) return false;
  }
  return true;
}

/** Add what some bounds, each so many times, say together; false where that cannot be. */
function addSum(sums, ...several) {
  const parts = {};
  let sum = 0n;
  for (const [{ terms, low }, times] of several) {
    sum += low * times;
    for (const { key, factor } of terms) parts[key] = (parts[key] ?? 0n) + factor * times;
  }
  const own = Object.entries(parts)
      .filter(([, factor]) => factor)
      .sort(),
    divisor = own.reduce((found, [, factor]) => divisorOf(found, factor), 0n);
  if (!own.length) return sum <= 0n;
  const terms = own.map(([key, factor]) => ({ key, factor: factor / divisor })),
    name = terms.map(Object.values).join(";"),
    low = above(sum, divisor);
  if (!(sums.get(name)?.low >= low)) sums.set(name, { terms, low });
  return true;
}

const factorOf = ({ terms }, name) => terms.find(({ key }) => key === name)?.factor ?? 0n;
const isSingle = (sums, name) =>
  [1n, -1n].some((sign) => [...sums.values()].every((sum) => factorOf(sum, name) * sign <= 1n));

function without(sums, name) {
  const rest = new Map(),
    of = (sign) => [...sums.values()].filter((sum) => factorOf(sum, name) * sign > 0n);
  for (const [key, sum] of sums) if (!factorOf(sum, name)) rest.set(key, sum);
  for (const one of of(1n)) {
    for (const two of of(-1n)) if (!addSum(rest, [one, -factorOf(two, name)], [two, factorOf(one, name)])) return null;
  }
  return rest;
}

// ------------------------------------------------ a plan, read

/** Read a plan: its text, or what JSON.parse makes of it. */
export function load(plan) {
  const document = typeof plan === "string" ? JSON.parse(plan) : plan;
  if (document.format !== 1) throw new TypeError(`a plan of format ${document.format}, not 1`);
  const { rules, nodes, roots, ends } = document,
    kinds = { ...rules.facts, ...rules.readings },
    calendars = document.calendars.map(workedDays);
  const termsIn = (sum) =>
    sum.map(({ times, variable, moved: shifts }) =>
      termOf(
        BigInt(times),
        variable,
        shifts?.map((shift) => ({ ...shift, key: JSON.stringify(shift), spans: calendars[shift.calendar] })),
      ),
    );
  const level = ({ variable: name, member, cuts, sum }) => ({
    name,
    names: sum?.map(({ variable }) => variable) ?? [name],
    member,
    isSum: !name,
    terms: cuts && termsIn(sum ?? [{ times: 1, variable: name }]),
    cuts: cuts?.map(BigInt),
  });
  let first = 0;
  const runs = nodes.runs.map((count) =>
    upTo(first, (first += count) - 1).map((run) => [nodes.end[run] - 1, nodes.child[run]]),
  );
  const cases = mapped(roots, (root) =>
    root.cases.map(({ when, sum, constant }) => ({ when, terms: termsIn(sum), constant: BigInt(constant) })),
  );
  return {
    ...rules,
    document,
    roots,
    ends,
    kinds,
    decisions: new Map(rules.decisions.map((decision) => [decision.name, decision])),
    levels: document.levels.map(level),
    cases,
    /** Of each node its level and its runs: [last cell, node]; of ends, the first ones, none. */
    levelOf: [...Array(ends.length), ...nodes.level],
    runsOf: [...Array(ends.length), ...runs],
    kind(name) {
      return kinds[name] ?? refuse(`no fact or reading ${name}`);
    },
  };
}

/** The first and the worked days of each span that a calendar covers. */
function workedDays({ covered, exceptions }) {
  const isWorked = (day) => (day + 6) % 7 >= 5 === exceptions.includes(day);
  return covered.map(([first, last]) => ({ first, days: upTo(first, last).filter(isWorked) }));
}

// ------------------------------------------------ values in, values out

const isNumeric = (kind) => kind.least != null;

function placeOf(name, kind, value) {
  const place = (kind.values ?? []).indexOf(String(value));
  return place < 0 ? refuse(`${name}: no value ${value}`) : place;
}

/** A number or date as a whole number: days, or what stands without the decimal point. */
function encoded(name, kind, value) {
  const fault = (told) => refuse(`${name}: ${told}`);
  let digits = dayNumber(value);
  if (kind.kind === "date") {
    if (Number.isNaN(digits)) fault(`no date ${value}`);
  } else {
    const [, whole, part = ""] = /^(-?\d+)(?:\.(?=\d)(\d*?)0*)?$/.exec(String(value)) ?? [];
    if (!whole || part.length > kind.scale) fault(`no such number: ${value}`);
    if (Number.isInteger(value) && !Number.isSafeInteger(value)) fault(`write ${value} as text`);
    digits = whole + part.padEnd(kind.scale, "0");
  }
  const found = BigInt(digits);
  if (found < BigInt(kind.least) || found > BigInt(kind.greatest)) fault(`${value} is out of range`);
  return found;
}

/** A number as JSON may hold it: text where it has decimals or is beyond what is exact; dates as ISO text. */
export function decoded(kind, number) {
  const value = Number(number);
  if (kind.kind === "date") return isoDay(value);
  if (!kind.scale) return Number.isSafeInteger(value) ? value : String(number);
  const text = String(number).replace(/\d+/, (digits) => digits.padStart(kind.scale + 1, "0"));
  return `${text.slice(0, -kind.scale)}.${text.slice(-kind.scale)}`;
}

/** What is known of a fact: a box of a number, the places of possible values, or of sure and possible members. */
export function domainOf(name, kind, value) {
  const isUnknown = value == null,
    places = (values) => new Set(values.map((own) => placeOf(name, kind, own)));
  if (isNumeric(kind)) {
    const ends = typeof value === "object" && !isUnknown ? value : { least: value, greatest: value };
    const box = ["least", "greatest"].map((end) =>
      ends[end] == null ? BigInt(kind[end]) : encoded(name, kind, ends[end]),
    );
    if (box[0] > box[1]) refuse(`${name}: nothing is between these ends`);
    return box;
  }
  if (kind.kind === "set") {
    const { sure = [], possible } = Array.isArray(value) ? { sure: value, possible: [] } : (value ?? {});
    return { sure: places(sure), possible: places(possible == null ? kind.values : [...sure, ...possible]) };
  }
  const found = places(isUnknown || kind.kind === "text" ? (kind.values ?? []) : (value.oneOf ?? [value]));
  if (!found.size && kind.kind !== "text") refuse(`${name}: one of no values`);
  return found;
}

/** Whether only one value is left. */
export const isKnown = (domain) =>
  Array.isArray(domain) ? isOne(domain) : domain.sure ? domain.sure.size === domain.possible.size : domain.size < 2;

/** A value as facts are given, of which all is known. */
function toldOf(kind, domain) {
  if (isNumeric(kind)) return decoded(kind, domain[0]);
  if (kind.kind === "set") return kind.values.filter((_, place) => domain.sure.has(place));
  return valueAt(kind, [...domain][0]);
}

const valueAt = (kind, place) => (kind.kind === "boolean" ? place === 0 : kind.values[place]);

// ------------------------------------------------ one organization

/** One organization; domains: of every fact and reading. Functions of what is open are numbers, equal ones the same. */
function organization(plan, domains) {
  const levelOf = [...plan.levelOf],
    runsOf = [...plan.runsOf],
    [equal, chosen, known] = [new Map(), new Map(), new Map()],
    boxes = {},
    levelAt = (place) => plan.levels[place],
    under = (changed) => organization(plan, { ...domains, ...changed });
  let isExact = true;

  const isEnd = (one) => !runsOf[one];

  /** The cells of a level that what is known leaves. */
  const cellsOf = fromBelow((place) => {
    const { terms, cuts, name, member } = levelAt(place),
      domain = domains[name];
    if (terms) return upTo(...rangeOf(terms, boxesOf(terms)).map((end) => cellOf(cuts, end)));
    if (member == null) return [...domain].sort(ascending);
    return unique([domain.sure, domain.possible].map((places) => +places.has(member)));
  });

  /** The function that goes on from a level by runs: [last cell, function]. */
  function make(level, runs) {
    const joined = runs.filter(([, to], at) => to !== runs[at + 1]?.[1]);
    if (joined.length === 1) return joined[0][1];
    const key = joined.reduce((text, [last, to]) => `${text};${last},${to}`, level);
    return foundIn(equal, key, () => {
      levelOf.push(level);
      return runsOf.push(joined) - 1;
    });
  }

  const childAt = (one, cell) => runsOf[one].find(([last]) => cell <= last)[1];

  /** What is left of functions, or of nodes of the plan, in some cells of levels, those of others being all that there are. */
  const keeping = (cellsAt, atEnd = (end) => end) =>
    fromBelow((one, go) => {
      if (isEnd(one)) return atEnd(one);
      const runs = cellsAt(levelOf[one])?.map((cell) => [cell, childAt(one, cell)]) ?? runsOf[one];
      return make(
        levelOf[one],
        runs.map(([last, to]) => [last, go(to)]),
      );
    });
  const of = keeping(cellsOf);

  /** The runs of cells of the first level on which one of some functions depends, and what they are there. */
  function branches(ones) {
    const place = Math.min(...ones.map((one) => levelOf[one] ?? Infinity)),
      isHere = (one) => levelOf[one] === place,
      lasts = unique(ones.filter(isHere).flatMap((one) => runsOf[one].map(([last]) => last)));
    let first = cellsOf(place)[0];
    return lasts.sort(ascending).map((last) => ({
      place,
      first,
      last: (first = last + 1) - 1,
      to: ones.map((one) => (isHere(one) ? childAt(one, last) : one)),
    }));
  }

  /** The function that is one where a condition holds and another where not; ends other than true count as not. */
  function choose(condition, then, otherwise) {
    if (condition === TRUE || then === otherwise) return then;
    if (isEnd(condition)) return otherwise;
    const ones = [condition, then, otherwise];
    return foundIn(chosen, ones.join(), () => {
      const parts = branches(ones);
      return make(
        parts[0].place,
        parts.map(({ last, to }) => [last, choose(...to)]),
      );
    });
  }

  /** When a function leads to some ends. */
  const leading = (one, isWanted) =>
    keeping(
      () => null,
      (end) => (isWanted(end) ? TRUE : FALSE),
    )(one);

  /** A function made anew from below: by its level and what its runs lead to, where that says something. */
  const rebuilt = (one, at) =>
    fromBelow((own, go) => {
      if (isEnd(own)) return own;
      const runs = runsOf[own].map(([last, to]) => [last, go(to)]);
      return at(levelOf[own], runs) ?? make(levelOf[own], runs);
    })(one);

  /** The levels on which a function depends, and the ends that it may lead to while sums are free. */
  const supportOf = fromBelow((one) => {
    const levels = new Set(),
      ends = new Set();
    fromBelow((node, go) => {
      if (isEnd(node)) return ends.add(node);
      for (const [, to] of runsOf[node]) go(to);
      return levels.add(levelOf[node]);
    })(one);
    return { levels: [...levels].sort(ascending), ends };
  });

  const levelsBelow = (one) => supportOf(one).levels;
  const endsBelow = (one) => supportOf(one).ends;
  const isOfSums = (levels) => levels.some((place) => levelAt(place).isSum);

  /** What is found out once; whether it is exact counts each time. */
  function remembered(key, find) {
    const outer = isExact;
    isExact = true;
    const [found, isOwnExact] = foundIn(known, key, () => [find(), isExact]);
    isExact = outer && isOwnExact;
    return found;
  }

  // ------------------------------------------------ which cells sums can have together: cases {given, bounds}

  /** Between which numbers the facts of a sum lie; dates may be computed of several facts. */
  const boxesOf = (terms) =>
    Object.fromEntries(
      terms.map(({ name, of = name }) => [
        name,
        (boxes[of] ??= domains[of] ?? spanOf(of) ?? [FIRST, LAST].map(BigInt)),
      ]),
    );

  const isOpen = (term) => !isOne(boxesOf([term])[term.name]);

  /** Whether numbers can satisfy bounds; where that is not found out they can. */
  function can(bounds) {
    const told = solved(boxesOf(termsOf(bounds)), bounds);
    isExact &&= told !== null;
    return told !== false;
  }

  /** Levels of numbers and sums, those that share open facts together; some facts may be asked about besides. */
  function groupsOf(levels, names) {
    let groups = names.length ? [{ names, places: [] }] : [];
    for (const place of levels.filter((own) => levelAt(own).terms)) {
      const own = levelAt(place)
          .terms.filter((term) => isOpen(term) || isVague(term))
          .flatMap(tiesOf),
        [linked, others] = [true, false].map((is) =>
          groups.filter((group) => own.some((name) => group.names.includes(name)) === is),
        );
      groups = [
        ...others,
        {
          names: [...own, ...linked.flatMap((group) => group.names)],
          places: [place, ...linked.flatMap(({ places }) => places)],
        },
      ];
    }
    return groups;
  }

  /** The cases of the cells that some levels can have together; null where they are too many. */
  const casesOf = (places) =>
    remembered(places.join(), () => {
      let found = [{ given: new Map(), bounds: [] }];
      for (const place of places) {
        const { terms, cuts } = levelAt(place);
        const inCell = (one, cell) => {
          const given = new Map(one.given).set(place, [cell]);
          return {
            given,
            where: keeping((own) => given.get(own)),
            bounds: [...one.bounds, ...between(terms, cuts[cell - 1], cuts[cell])],
          };
        };
        found = found
          .flatMap((own) => cellsOf(place).map((cell) => inCell(own, cell)))
          .filter(({ bounds }) => can(bounds));
        if (found.length > MOST_CASES) return null;
      }
      return found;
    });

  /** A function in each case of the sums on which it depends: {one, cases}; the whole where there are too many. */
  function split(one, levels = levelsBelow(one), terms = []) {
    const names = terms.flatMap(tiesOf);
    let found = [{ one, cases: [] }];
    if (!names.length && !isOfSums(levels)) return found;
    for (const group of groupsOf(levels, names).filter(({ places }) => places.length)) {
      const places = group.places.sort(ascending),
        isAlone = places.length === 1 && isEasy(levelAt(places[0]).terms);
      if (isAlone && !group.names.some((name) => names.includes(name))) continue;
      const cases = casesOf(places);
      if (!cases || found.length * cases.length > MOST_CASES) {
        isExact = false;
        return [{ one, cases: [] }];
      }
      found = found.flatMap((part) => cases.map((own) => ({ one: own.where(part.one), cases: [...part.cases, own] })));
    }
    return found;
  }

  /** The ends that a function may lead to. */
  const endsIn = (one) => new Set(split(one).flatMap((part) => [...endsBelow(part.one)]));

  /** true or false where a condition is known, otherwise null; whatever is in conflict besides. */
  function truthOf(one) {
    const ends = endsIn(one);
    return ends.has(TRUE) && (ends.has(FALSE) ? null : true);
  }

  /** Whether a node of the plan leads to some ends: true, false, or null where it may. */
  const leads = (node, isWanted) => truthOf(leading(of(node), isWanted));

  /** The facts and readings of which another value alone leads a function to another end. */
  function matters(one) {
    const parts = split(one),
      namesOf = (places) => places.flatMap((place) => levelAt(place).names),
      found = parts.flatMap((part) => openIn(namesOf(levelsBelow(part.one))));
    parts.forEach((part, at) => {
      for (const other of parts.slice(0, at).filter(({ one: own }) => own !== part.one)) {
        const changed = part.cases.map((own, place) => [own, other.cases[place]]).filter(([own, its]) => own !== its);
        if (changed.length > 1) continue;
        for (const name of namesOf([...changed[0][0].given.keys()])) {
          if (!found.includes(name) && isChanged(name, ...changed[0])) found.push(...openIn([name]));
        }
      }
    });
    return found;
  }

  /** What is open of some facts; what is computed of several stands for them. */
  const openIn = (names) =>
    names.flatMap((name) => {
      if (!plan.kinds[name]) return missing(name);
      return isKnown(domains[name]) ? [] : [name];
    });

  /** Whether one fact alone can lead from a case to another, and there bring a sum of its terms to more than here. */
  function isChanged(name, one, two, grown = []) {
    const isParted = ([place, [cell]]) => cell !== two.given.get(place)[0] && !levelAt(place).names.includes(name);
    if (!isOpen({ name }) || [...one.given].some(isParted)) return false;
    const again = (term) =>
        term.name === name ? { ...term, name: `${name}, again`, of: name, key: `${term.key}, again` } : term,
      own = grown.filter((term) => term.name === name),
      more = own.length ? [{ terms: [...negative(own), ...own.map(again)], low: 1n }] : [];
    return can([...one.bounds, ...rewritten(two.bounds, again), ...more]);
  }

  /** The facts and readings that matter for a decision. */
  function missing(name) {
    const found = decide(name).functions.flatMap(matters);
    for (const { when, terms } of plan.cases[name] ?? []) {
      const cases = casesOfSum(when, terms);
      for (const { name: own } of terms) {
        if (cases.some((one) => cases.some((two) => isChanged(own, one, two, terms)))) found.push(...openIn([own]));
      }
    }
    return unique(found);
  }

  // ------------------------------------------------ numbers and dates

  /** The cases of numbers in which a node of the plan may be true, as far as they say something about a sum. */
  function casesOfSum(when, terms) {
    const one = of(when),
      parts = split(one, levelsBelow(one), terms),
      found = parts.filter((part) => endsBelow(part.one).has(TRUE));
    return found.map(({ cases }) => ({
      given: new Map(cases.flatMap(({ given }) => [...given])),
      bounds: boundsOf(cases),
    }));
  }

  const hull = (spans) => (spans.length ? spans.reduce(([a, b], [c, d]) => [least(a, c), most(b, d)]) : null);

  /** The least and the greatest value of a number or date; null where it has none. */
  const spanOf = (name) => hull(plan.cases[name].map(spanOfCase).filter(Boolean));

  /** The same of one of its cases; null where it cannot be given. */
  const spanOfCase = ({ when, terms, constant }) =>
    hull(casesOfSum(when, terms).map(({ bounds }) => spanOfSum(terms, bounds).map((end) => end + constant)));

  /** The least and the greatest value of a sum within bounds. */
  const spanOfSum = (terms, bounds) => [lowest(terms, bounds), -lowest(negative(terms), bounds)];

  function lowest(terms, bounds) {
    const boxes = boxesOf([...terms, ...termsOf(bounds)]),
      box = narrowed(boxes, bounds) ?? boxes,
      [low, high] = rangeOf(terms, box);
    if (isEachOnce(terms) && !openBounds(bounds, box).length) return low;
    return firstOf(low, high, (value) => can([...bounds, ...between(terms, null, value + 1n)]));
  }

  /** When each case of a number is given; cases that give the same number, whatever is missing, are one. */
  function givenCases(cases) {
    const found = new Map();
    for (const own of cases) {
      const one = of(own.when),
        span = spanOfCase(own),
        key = span && isOne(span) ? span[0] : own;
      found.set(key, found.has(key) ? choose(one, TRUE, found.get(key)) : one);
    }
    return [...found.values()];
  }

  // ------------------------------------------------ decisions

  /** What is found out about a decision; `functions` are what it depends on. One without diagrams is open. */
  const decide = (name) =>
    remembered(`decision ${name}`, () => {
      const decision = plan.decisions.get(name),
        root = plan.roots[name];
      if (!decision) refuse(`no decision ${name}`);
      const [answer, ...items] = root ? [root.answer, ...root.items].map(of) : [],
        ruleFunctions = root?.rules.map(of),
        functions = root ? [answer, ...items, ...givenCases(plan.cases[name])] : [],
        isComputed = (place) => levelAt(place).names.some((own) => !plan.kinds[own]);
      isExact = Boolean(root) && !functions.some((one) => levelsBelow(one).some(isComputed));
      const ends = root ? endsIn(answer) : new Set(),
        truths = ruleFunctions?.map(truthOf) ?? decision.rules.map(() => null),
        told = shown(decision, ends, items.map(truthOf), root?.cases.length ? spanOf(name) : null);
      return { functions, told, truths, rules: () => deciding(decision, truths, ruleFunctions, told, ends) };
    });

  /** An answer in words of the plan: what is possible, and `answer` where it is one. */
  function shown({ form, type }, ends, items, span) {
    const given = [...ends].map((end) => plan.ends[end]),
      [conflict, none] = ["conflict", "none"].map((mark) => given.includes(mark) && (ends.size > 1 ? null : true)),
      isSettled = ends.size === 1 && !items.includes(null) && (!span || isOne(span)),
      status =
        form === "absent" ? "no_rule_in_force" : conflict ? "conflict" : isSettled ? "determined" : "undetermined",
      told = (own, answer = null) => ({
        status,
        answer: status === "determined" ? answer : null,
        conflict,
        none,
        ...own,
      }),
      values = given
        .filter(Array.isArray)
        .flat()
        .sort(ascending)
        .map((place) => valueAt(type, place));
    if (form === "value") {
      const [low, high] = span ? span.map((end) => decoded(type, end)) : [null, null];
      return told({ low, high }, low);
    }
    if (!items.length) return told({ possible: values }, values[0]);
    const sure = type.values.filter((_, place) => items[place]);
    return told({ sure, possible: type.values.filter((_, place) => items[place] !== false) }, sure);
  }

  /** The rules that decide, or may still decide, by their places. */
  function deciding(
    { form, type, hit_policy: policy, rules },
    truths,
    functions,
    { status, conflict, sure, possible },
    ends,
  ) {
    const every = [...truths.keys()],
      output = (place) => rules[place].output,
      may = every.filter((place) => truths[place] !== false),
      holding = may.filter((place) => truths[place]),
      isPossible = (place) => possible.includes(valueAt(type, place));
    if (!functions) return every;
    if (form === "value") return [];
    if (form === "criteria") {
      const open = may.filter((place) => !truths[place]);
      if (may.length < every.length) return every.filter((place) => truths[place] === false);
      if (ends.size > 1 || conflict) return open;
      return isPossible(0) ? every : failingTogether(functions, open);
    }
    if (policy === "first" || policy === "priority") {
      const order = policy === "first" ? every : every.sort((one, two) => output(one) - output(two)),
        endOf = (place) => -1 - place,
        hits = endsIn(order.reduceRight((rest, place) => choose(functions[place], endOf(place), rest), FALSE));
      return may.filter((place) => hits.has(endOf(place)));
    }
    if (sure) return may.filter((place) => truths[place] || !holding.some((other) => output(other) === output(place)));
    const rows = holding.length && status !== "undetermined" ? holding : may;
    return conflict === false ? rows.filter((place) => isPossible(output(place))) : rows;
  }

  /** The fewest of some criteria, later ones left out first, that cannot be met together. */
  const failingTogether = (functions, open) =>
    open.reduceRight((kept, place) => {
      const fewer = kept.filter((other) => other !== place),
        together = fewer.reduceRight((rest, other) => choose(functions[other], rest, FALSE), TRUE);
      return endsIn(together).has(TRUE) ? kept : fewer;
    }, open);

  function outcome(name) {
    isExact = true;
    const { told, truths, rules } = decide(name),
      { rules: written } = plan.decisions.get(name),
      open = () => (plan.roots[name] ? missing(name) : openIn(Object.keys(plan.kinds))),
      matter = told.status === "undetermined" ? open() : [],
      readings = matter.filter((own) => plan.readings[own]),
      missed = matter.filter((own) => plan.facts[own]),
      byReading = readings.length && !missed.length ? answersByReading(name, readings) : null;
    return {
      ...told,
      status: byReading ? "unsettled_by_law" : told.status,
      missing: missed,
      readings,
      byReading,
      rules: keyed(
        written.map(({ id }) => id),
        (_, place) => truths[place],
      ),
      deciding: rules().map((place) => written[place].id),
      exact: isExact,
    };
  }

  /** The answer under each choice of readings; null where one of them does not settle it. */
  function answersByReading(name, readings) {
    const chosen = (choice, own) => [...domains[own]].map((place) => ({ ...choice, [own]: new Set([place]) })),
      choices = readings.reduce((found, own) => found.flatMap((choice) => chosen(choice, own)), [{}]);
    if (choices.length > MOST_CASES) return null;
    const found = choices.map((choice) => {
      const { status, answer, conflict, none } = under(choice).decide(name).told;
      return {
        readings: mapped(choice, (option, own) => toldOf(plan.readings[own], option)),
        status,
        answer,
        conflict,
        none,
      };
    });
    return found.some(({ status }) => status === "undetermined") ? null : found;
  }

  // ---------------------------------------------- smallest changes

  /**
   * The smallest changes of known facts after which a node of the plan leads to some ends, certainly or possibly: of `now`,
   * which is known, where this one is the same with nothing known that is free to change. A change is a list of
   * {name, member, at, size}: a number, a place or whether a member is in, and by how much that is another one.
   */
  function changesTo(node, isWanted, now, free, isCertain, allows) {
    const isFree = (name) => free.includes(name),
      summed = new Set(plan.levels.flatMap(({ isSum, names }) => (isSum ? names : []))),
      seen = new Set(),
      isNew = (key) => !seen.has(key) && seen.add(key),
      taken = [];

    /** Whether a change, by its parts, contains one that leads there. */
    const holdsTaken = (change) => taken.some((own) => fits(own.change, change) && !fits(change, own.change));

    /** What it takes at least that a fact lies in a run of cells: the values, and by how much they are others. */
    function changeTo({ place, first, last }) {
      const { name, member, terms, cuts } = levelAt(place),
        [cell] = now.cellsOf(place);
      if (!terms) {
        const values = cellsOf(place).filter((at) => first <= at && at <= last);
        return { name, member, values, size: first <= cell && cell <= last ? 0n : 1n };
      }
      const [low, high] = domains[name],
        box = both([low, high], [cuts[first - 1] ?? low, last < cuts.length ? cuts[last] - 1n : high]),
        at = least(most(present(name), box[0]), box[1]);
      return { name, box, values: [at], size: distance(name, at) };
    }
    const present = (name) => now.domains[name][0];
    const distance = (name, at) => size(at - present(name));

    /** How many facts must change at least from a function on, whatever sums need. */
    const leastCost = fromBelow((one, go) => {
      if (isEnd(one)) return one === TRUE ? 0 : Infinity;
      const cost = (run) => (levelAt(run.place).isSum || !changeTo(run).size ? 0 : 1);
      return Math.min(...branches([one]).map((run) => go(run.to[0]) + cost(run)));
    });
    const mayChange = (place) => levelAt(place).names.some(isFree);

    /**
     * Where the search begins: when an answer is as wanted, as functions of what may change, in each case of the unknown
     * numbers that stand in sums with it. All of them have to hold, or one of them.
     */
    function starts() {
      const one = leading(of(node), isWanted),
        levels = levelsBelow(one),
        sums = levels.filter((place) => levelAt(place).isSum && mayChange(place)),
        unknown = termsOf(sums.map(levelAt)).filter((term) => !isFree(term.name) && isOpen(term)),
        parts = split(
          one,
          levels.filter((place) => !mayChange(place)),
          unknown,
        );
      const join = (a, b) => (isCertain ? choose(a, b, FALSE) : choose(a, TRUE, b)),
        spots = parts.map((part) => ({
          one: rebuilt(part.one, (place, runs) => (mayChange(place) ? null : runs.map(([, to]) => to).reduce(join))),
          bounds: boundsOf(part.cases),
        }));
      const isFirst = ({ one: own }, at) => spots.findIndex((spot) => spot.one === own) === at,
        different = spots.filter((spot, at) => isFirst(spot, at) || isOfSums(levelsBelow(spot.one)));
      return isCertain ? [different] : different.map((spot) => [spot]);
    }

    /** Changes that may lead to the wanted answer, those of few facts first, each once. */
    function* changes() {
      const waiting = [];
      const add = (path) => {
        const ones = path.spots.map(({ one }) => one),
          cost = path.changed.size + Math.max(...ones.map(leastCost));
        if (cost < Infinity && isNew(`${ones};${path.key}`)) (waiting[cost] ??= []).push(path);
      };
      for (const [key, spots] of starts().entries()) {
        add({ spots, changed: new Map(), boxes: {}, bounds: isCertain ? [] : spots[0].bounds, key });
      }
      for (let cost = 0, step = 0; cost < waiting.length && step < MOST_PATHS; step += 1) {
        const path = waiting[cost]?.pop();
        if (!path) cost += 1;
        else if (holdsTaken(path.changed)) continue;
        else if (path.spots.every(({ one }) => one === TRUE)) yield* filled(path);
        else for (const further of onward(path)) add(further);
      }
    }

    /** The ways on below the first level on which a spot depends; but for changes that gain nothing over smaller ones. */
    function* onward(path) {
      const runs = branches(path.spots.map(({ one }) => one)),
        { name, isSum } = levelAt(runs[0].place);
      if (isSum) return yield* onwardBySum(path, runs[0].place);
      const steps = runs.map((run) => ({ ...run, change: changeTo(run) }));
      for (const { place, last, to, change } of steps) {
        if (steps.some((other) => other.change.size < change.size && isInVain(name, to, other.to))) continue;
        const isTold = change.size || summed.has(name);
        yield {
          ...path,
          spots: path.spots.map((spot, at) => ({ ...spot, one: to[at] })),
          changed: change.size ? new Map(path.changed).set(keyOf(change), change) : path.changed,
          boxes: isTold ? { ...path.boxes, [name]: change.box } : path.boxes,
          key: isTold ? `${path.key};${[place, last]}` : path.key,
        };
      }
    }

    /** Whether all that leads on from some functions leads there from others too, whatever a fact is. */
    function isInVain(name, ones, others) {
      const levels = [...ones, ...others].flatMap(levelsBelow).map(levelAt);
      return (
        !levels.some(({ isSum, names }) => isSum && names.includes(name)) &&
        ones.every((one, at) => choose(one, others[at], TRUE) === TRUE)
      );
    }

    /** The ways on where a sum lies in some cells; where unknown facts are in it, in several whatever they are. */
    function* onwardBySum(path, place) {
      const { terms, cuts } = levelAt(place),
        at = path.spots.findIndex(({ one }) => levelOf[one] === place),
        runs = branches([path.spots[at].one]),
        others = isCertain ? terms.filter(({ name }) => !isFree(name)) : [],
        own = terms.filter((term) => !others.includes(term)),
        span = spanOfSum(others, path.spots[at].bounds);
      for (let from = 0; from < runs.length; from += 1) {
        for (let to = from, one = TRUE; to < (isOne(span) ? from + 1 : runs.length); to += 1) {
          one = choose(one, runs[to].to[0], FALSE);
          const bounds = between(own, cuts[runs[from].first - 1], cuts[runs[to].last], span);
          yield {
            ...path,
            spots: path.spots.map((spot, other) => (other === at ? { ...spot, one } : spot)),
            bounds: [...path.bounds, ...(isCertain ? bounds.map(surely) : bounds)],
            key: `${path.key};${[place, at, from, to]}`,
          };
        }
      }
    }

    // ---------------------------------------------- values with which a way is gone

    function* filled({ changed, boxes, bounds }) {
      const summed = boxesOf(termsOf(bounds)),
        isSummed = ({ name }) => name in summed,
        parts = [...changed.values()];
      for (const name in summed) summed[name] = boxes[name] ?? summed[name];
      for (const numbers of nearestNumbers(parts.filter(isSummed), summed, bounds)) {
        let found = [numbers];
        for (const { values, ...part } of parts.filter((own) => !isSummed(own))) {
          found = found.flatMap((own) => values.map((at) => [...own, { ...part, at }]));
        }
        yield* found.filter((change) =>
          isNew(
            change
              .map((part) => [keyOf(part), part.at].join())
              .sort()
              .join(";"),
          ),
        );
      }
    }

    /** The nearest numbers with which sums lie between bounds: those changed in any case as far as needed, or least. */
    function* nearestNumbers(changed, boxes, bounds) {
      const names = free.filter((name) => name in boxes),
        fixed = changed.map(({ name, values: [at], size }) => ({ name, at, size })),
        kept = { ...boxes };
      yield* needed(names, boxes, bounds);
      for (const { name, at } of fixed) kept[name] = [at, at];
      const others = names.filter((name) => !isOne(kept[name]));
      if (fixed.length) for (const own of needed(others, kept, bounds)) yield [...fixed, ...own];
    }

    /** Numbers of as few of some facts as bounds need. */
    function* needed(names, boxes, bounds) {
      const enough = [];
      for (const some of selections(names)) {
        if (enough.some((own) => own.every((name) => some.includes(name)))) continue;
        const kept = { ...boxes };
        for (const name of names) if (!some.includes(name)) kept[name] = both(boxes[name], now.domains[name]);
        if (!isSolvable(kept, bounds)) continue;
        enough.push(some);
        for (const order of orders(some)) yield* placed(order, kept, bounds);
      }
    }

    /** Numbers, each as near to what it is as those before it allow. */
    function* placed([name, ...rest], boxes, bounds) {
      if (!name) return yield [];
      const now = present(name),
        within = (low, high) => ({ ...boxes, [name]: both(boxes[name], [low, high]) }),
        farthest = most(...boxes[name].map((end) => distance(name, end))),
        size = firstOf(0n, farthest, (radius) => isSolvable(within(now - radius, now + radius), bounds));
      for (const at of new Set([now - size, now + size])) {
        if (!isSolvable(within(at, at), bounds)) continue;
        for (const own of placed(rest, within(at, at), bounds)) yield size ? [{ name, at, size }, ...own] : own;
      }
    }

    for (const parts of changes()) {
      const change = new Map(parts.map((part) => [keyOf(part), part])),
        after = domainsAfter(now, parts),
        told = mapped(after, (domain, name) => toldOf(plan.kinds[name], domain));
      if (holdsTaken(change) || !allows(told) || !(now.under(after).leads(node, isWanted) ?? !isCertain)) continue;
      if (taken.push({ change, told }) === MOST_GAPS) break;
    }
    const found = taken.filter(({ change }) => !holdsTaken(change)).map(({ told }) => told),
      count = (told) => Object.keys(told).length;
    return found.sort((one, two) => count(one) - count(two));
  }

  return { domains, under, cellsOf, leads, decide, outcome, changesTo };
}

// ------------------------------------------------ smallest changes

const keyOf = ({ name, member }) => [name, member].join();
const fits = (one, two) => [...one].every(([key, own]) => own.size <= (two.get(key)?.size ?? -1n));

/** A bound of a date alone, moved to a day that the calendar leaves open: one with which each such day is within it. */
function surely(bound) {
  const [{ factor, name, shifts }, ...others] = bound.terms,
    day = (end, target) => BigInt(reaching(end, shifts, target));
  if (others.length || !isVague(bound.terms[0])) return bound;
  const low = factor > 0n ? day(0, above(bound.low, factor)) : 1n - day(1, under(-bound.low, -factor) + 1n);
  return { terms: [termOf(factor > 0n ? 1n : -1n, name)], low };
}

const isSolvable = (boxes, bounds) =>
  Object.values(boxes).every(([low, high]) => low <= high) && solved(boxes, bounds) !== false;

/** Some of the names, few first. */
const selections = (names) =>
  upTo(1, 2 ** names.length)
    .map((bits) => names.filter((_, at) => ((bits - 1) >> at) & 1))
    .sort((one, two) => one.length - two.length);

/** The orders of a few names; of many names one. */
function orders(names) {
  if (names.length < 2 || names.length > 3) return [names];
  return names.flatMap((name, at) => orders(names.filter((_, other) => other !== at)).map((rest) => [name, ...rest]));
}

/** What is known after a change of the facts that it changes. */
function domainsAfter({ domains }, change) {
  const found = {};
  for (const { name, member, at } of change) {
    const sure = new Set((found[name] ?? domains[name]).sure);
    if (at) sure.add(member);
    else sure.delete(member);
    found[name] = member == null ? (typeof at === "bigint" ? [at, at] : new Set([at])) : { sure, possible: sure };
  }
  return found;
}

// ------------------------------------------------ the interface

function askedAbout(plan, facts, readings) {
  for (const name in facts) if (!plan.facts[name]) refuse(`no fact ${name}`);
  for (const name in readings) if (!plan.readings[name]) refuse(`no reading ${name}`);
  const given = { ...facts, ...readings };
  return organization(
    plan,
    mapped(plan.kinds, (kind, name) => domainOf(name, kind, given[name])),
  );
}

/**
 * Answer decisions about one organization.
 *
 * facts: values by name; what is absent, null or undefined is unknown. readings: options of open texts; one that is
 * absent is open. names: the decisions; all when absent.
 */
export function ask(plan, facts, readings = {}, names = [...plan.decisions.keys()]) {
  return { decisions: keyed(names, about(plan, facts, readings)) };
}

/** The same one decision at a time: a function from its name to its outcome, which remembers what it found out. */
export function about(plan, facts, readings = {}) {
  const one = askedAbout(plan, facts, readings);
  return (name) => one.outcome(name);
}

/** The facts to ask for so that the goals are settled: by the given order of names, else as the diagrams ask. */
export function next(plan, facts, goals, order = plan.levels.flatMap(({ names }) => names), readings = {}) {
  const found = goals.map(about(plan, facts, readings)).flatMap(({ missing: own }) => own),
    place = (name) => (order.includes(name) ? order.indexOf(name) : order.length);
  return unique(found).sort((a, b) => place(a) - place(b));
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
  const now = askedAbout(plan, facts, readings),
    root = plan.roots[decision],
    { type, form } = plan.decisions.get(decision);
  if (!root || form === "value") return [];
  const place = placeOf(decision, type, value),
    node = root.items[place] ?? root.answer,
    isWanted = (end) => end === TRUE || [plan.ends[end]].flat().includes(place);
  if (now.leads(node, isWanted) ?? !certain) return [];
  const free = changeable.filter((name) => plan.kind(name).kind !== "text" && isKnown(now.domains[name])),
    wide = keyed(free, (name) => domainOf(name, plan.kinds[name]));
  return now.under(wide).changesTo(node, isWanted, now, free, certain, (told) => allows({ ...facts, ...told }));
}

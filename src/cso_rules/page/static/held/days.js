/**
 * Days that follow from the date of the rules alone: which they are, and conditions with them put in.
 *
 * Rules of a period compare with such days by name. With a day put in, conditions are those of the rules of that day.
 */
import { dayNumber, isoDay, moved, reaching, FIRST, LAST } from "../../walker.js";

/** The days of these names, {name: [months, day of the month]}, on a date: {name: {day, iso}}. Without months it is the date. */
export function daysOn(named, date) {
  const found = Object.entries(named).map(([name, [months, day]]) => {
    const number = months.length ? Math.min(...months.map((month) => nextDay(date, month, day))) : dayNumber(date);
    return [name, { day: number, iso: isoDay(number) }];
  });
  return Object.fromEntries(found);
}

/** The first day of a name on or after a date. */
function nextDay(date, month, day) {
  const name = `-${String(month).padStart(2, "0")}-${String(day).padStart(2, "0")}`;
  for (let year = Number(date.slice(0, 4)); ; year += 1) {
    const found = `${year}${name}`;
    if (found >= date && isoDay(dayNumber(found)) === found) return dayNumber(found);
  }
}

/** Decisions, constraints and scopes of rules with the days put in. */
export function withDays({ decisions, constraints, scopes }, days) {
  const put = (part) => putIn(part, days);
  const rule = (own) => ({ ...own, when: put(own.when), ...(own.applies && { applies: put(own.applies) }) });
  return {
    decisions: mapped(decisions, (own) => (own.rules ? { ...own, rules: own.rules.map(rule) } : own)),
    constraints: constraints.map((own) => ({ ...own, condition: put(own.condition) })),
    scopes: mapped(scopes, put),
  };
}

const mapped = (parts, change) => Object.fromEntries(Object.entries(parts).map(([name, own]) => [name, change(own)]));

function putIn(part, days) {
  const put = (own) => putIn(own, days);
  if (part.sum) return comparison(part, days);
  if (part.not) {
    const found = put(part.not);
    return part.not.sum && "always" in found ? { always: !found.always } : { not: found };
  }
  for (const kind of ["all", "any", "if"]) if (part[kind]) return { [kind]: part[kind].map(put) };
  return part;
}

const nameOf = (term) => term.of ?? term.moved ?? term.size ?? term.lookup;

function comparison(part, days) {
  const isKnown = (term) => nameOf(term) in days;
  if (!part.sum.some(isKnown)) return part;
  const plus = part.sum.filter(isKnown).reduce((sum, term) => sum + Number(term.times) * dayOf(term, days), 0);
  let sum = part.sum.filter((term) => !isKnown(term)),
    [low, high] = [part.low, part.high].map((bound) => (bound === null ? null : Number(bound) - plus)),
    from = part.from?.map((own) => own && { ...own, plus: own.plus - plus * own.over });
  if (!sum.length) return { always: (low === null || low <= 0) && (high === null || high >= 0) };
  if (Number((sum.find((term) => !term.lookup) ?? sum[0]).times) < 0) {
    sum = sum.map((term) => ({ ...term, times: -term.times }));
    [low, high] = [high, low].map((bound) => (bound === null ? null : -bound));
    from = from?.reverse().map((own) => own && { ...own, sum: own.sum.map((one) => ({ ...one, times: -one.times })), plus: 1 - own.plus });
  }
  const plain = { sum, low, high, ...(from && { from }) };
  return sum.length === 1 && sum[0].shifts ? (folded(sum[0], low, high) ?? plain) : plain;
}

function dayOf({ moved: name, of, shifts }, days) {
  if (of) return days[of].day;
  const [first, last] = shifts ? moved([days[name].day, days[name].day], shifts) : [FIRST, LAST];
  if (first !== last) throw new RangeError(`no calendar of working days covers what follows ${days[name].iso}`);
  return first;
}

/** The comparison of one moved date as one of the date itself. */
function folded({ times, moved: name, shifts }, low, high) {
  const factor = Number(times),
    edge = (target) => reaching(0, shifts, target),
    first = low === null ? FIRST : edge(Math.ceil(low / factor)),
    end = high === null ? LAST + 1 : edge(Math.floor(high / factor) + 1);
  if (first >= end) return { always: false };
  const bounds = { low: first === FIRST ? null : first, high: end > LAST ? null : end - 1 };
  return bounds.low === null && bounds.high === null ? { always: true } : { sum: [{ times: 1, of: name }], ...bounds };
}

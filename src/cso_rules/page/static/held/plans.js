/** The plan of one period out of the tables that the plans of a page share, as the library writes it. */

const SHARED = ["facts", "readings", "numbers", "decisions"];

/** The kept plan in a place; `about` is what else it says of its rules. */
export function planOf(tables, place, about) {
  const { levels, roots: own, left_out: leftOut, ...rest } = tables.plans[place],
    told = Object.fromEntries(SHARED.map((name) => [name, listed(tables, tables.lists[rest[name]])]));
  const shared = told.decisions.flatMap(({ name }, at) => (own[at] === null ? [] : [[name, tables.roots[own[at]]]]));
  const live = below(tables, shared.flatMap(([, root]) => nodesOf(root))),
    levelOf = new Map(levels.map((level, at) => [level, at]));
  const { ends, inner, numbers } = numbered(tables, live, levelOf);
  const calendars = calendarsIn(tables, [...levels.map((level) => tables.levels[level]), ...shared.flatMap(([, root]) => root.cases)]),
    runs = inner.flatMap((node) => live.get(node).runs);
  return {
    format: 1,
    rules: { ...about, ...told },
    levels: levels.map((level) => byCalendar(tables.levels[level], calendars)),
    ends: ends.map((node) => tables.ends[node]),
    nodes: {
      level: inner.map((node) => levelOf.get(live.get(node).level)),
      runs: inner.map((node) => live.get(node).runs.length),
      end: runs.map(([end]) => end),
      child: runs.map(([, child]) => numbers.get(child)),
    },
    roots: Object.fromEntries(shared.map(([name, root]) => [name, rootOf(root, numbers, calendars)])),
    left_out: leftOut,
    calendars: calendars.map((at) => tables.calendars[at]),
  };
}

const listed = ({ said }, list) => (Array.isArray(list) ? list.map((at) => said[at]) : Object.fromEntries(Object.entries(list).map(([name, at]) => [name, said[at]])));
const nodesOf = (root) => [root.answer, ...root.items, ...root.rules, ...root.cases.map(({ when }) => when)];

/** Every node to which some lead, themselves too: its level and its runs. */
function below(tables, nodes) {
  const { level, end, child } = tables.nodes,
    first = (tables.first ??= firstRuns(tables.nodes.runs)),
    ends = tables.ends.length,
    found = new Map(),
    waiting = [...nodes];
  while (waiting.length) {
    const node = waiting.pop(),
      at = node - ends;
    if (found.has(node)) continue;
    const runs = [];
    if (at >= 0) for (let run = first[at]; run < first[at + 1]; run += 1) runs.push([end[run], child[run] < 0 ? node + child[run] : child[run]]);
    found.set(node, { level: at < 0 ? null : level[at], runs });
    for (const [, own] of runs) if (!found.has(own)) waiting.push(own);
  }
  return found;
}

function firstRuns(counts) {
  const first = [0];
  for (const count of counts) first.push(first.at(-1) + count);
  return first;
}

/** The nodes by their numbers in the plan: ends first, then those of the lowest level, each behind its children. */
function numbered(tables, live, levelOf) {
  const count = tables.ends.length,
    ends = [...new Set([0, 1, ...[...live.keys()].filter((node) => node < count)])].sort((one, two) => compared(rankOf(tables.ends[one]), rankOf(tables.ends[two]))),
    numbers = new Map(ends.map((node, at) => [node, at])),
    byLevel = new Map(),
    inner = [];
  for (const [node, { level }] of live) {
    if (level === null) continue;
    const at = levelOf.get(level);
    if (!byLevel.has(at)) byLevel.set(at, []);
    byLevel.get(at).push(node);
  }
  for (const at of [...byLevel.keys()].sort((one, two) => two - one)) {
    const keyed = byLevel.get(at).map((node) => [live.get(node).runs.flatMap(([end, child]) => [end, numbers.get(child)]), node]);
    for (const [, node] of keyed.sort(([one], [two]) => compared(one, two))) {
      numbers.set(node, numbers.size);
      inner.push(node);
    }
  }
  return { ends, inner, numbers };
}

/** Where an end stands: the truths, the marks by name, then values by their bits. */
function rankOf(end) {
  if (typeof end === "boolean") return [0, Number(end)];
  return typeof end === "string" ? [1, end] : [2, end.reduce((bits, at) => bits | (1n << BigInt(at)), 0n)];
}

function compared(one, two) {
  for (let at = 0; at < one.length && at < two.length; at += 1) if (one[at] !== two[at]) return one[at] < two[at] ? -1 : 1;
  return one.length - two.length;
}

function calendarsIn({ calendars }, entries) {
  const used = new Set(entries.flatMap(({ sum = [] }) => sum).flatMap(({ moved = [] }) => moved).flatMap(({ calendar }) => calendar ?? []));
  const key = (at) => [...calendars[at].covered.flat(), ...calendars[at].exceptions];
  return [...used].sort((one, two) => compared(key(one), key(two)));
}

function byCalendar(entry, calendars) {
  if (!entry.sum?.some(({ moved }) => moved)) return entry;
  const shift = (own) => ("calendar" in own ? { ...own, calendar: calendars.indexOf(own.calendar) } : own);
  return { ...entry, sum: entry.sum.map((term) => (term.moved ? { ...term, moved: term.moved.map(shift) } : term)) };
}

function rootOf({ answer, items, rules, cases }, numbers, calendars) {
  const at = (node) => numbers.get(node);
  return {
    answer: at(answer),
    items: items.map(at),
    rules: rules.map(at),
    cases: cases.map((own) => ({ ...byCalendar(own, calendars), when: at(own.when) })),
  };
}

/**
 * What a list says, by the headings and cells of the template: nothing is guessed.
 *
 * What is not read is named: columns, lines, and cells, which count as not known.
 */
import { domainOf } from "../../walker.js";
import { linesOf } from "./sheet.js";

const BOTH = [0, 1];
const YES = ["是", "yes"],
  NO = ["否", "no"];
const TOTAL = /^(?:合计|总计|小计|共计|total|totals|sum)/;
const NUMBER = /^-?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?$/;
const DATE = /^(\d{4})(?:年|-|\/)(\d{1,2})(?:月|-|\/)(?:(\d{1,2})日?)?$/;

const keyOf = (text) => text.normalize("NFKC").toLowerCase().replace(/\s+/g, "");

/** What headings mean: a fact, or one of the columns that say which one a line is about. */
function meanings(rules) {
  const found = new Map();
  const add = (text, meaning) => found.set(keyOf(text), found.has(keyOf(text)) && found.get(keyOf(text)).name !== meaning.name ? null : meaning);
  for (const [name, texts] of Object.entries(rules.columns)) for (const text of texts) add(text, { own: true, name });
  for (const [name, { label, unit }] of Object.entries(rules.facts)) {
    for (const at of BOTH) {
      add(label[at], { name });
      if (unit) add(at ? `${label[at]} (${unit[at]})` : `${label[at]}（${unit[at]}）`, { name });
    }
  }
  return found;
}

/** Read a list: {lines: [{number, id, name, site, stated}], unread: [{number, heading, text}]}; without a line both are empty. */
export function readList(rules, text) {
  const [header, ...body] = linesOf(text),
    unread = [],
    taken = new Set(),
    known = meanings(rules);
  const columns = (header?.cells ?? []).map((heading) => {
    const meaning = known.get(keyOf(heading));
    if (meaning && !taken.has(meaning.name)) return taken.add(meaning.name) && { ...meaning, heading };
    if (heading) unread.push({ number: header.number, heading, text: "" });
    return { heading };
  });
  if (!columns.some(({ own, name }) => name && !own)) return { lines: [], unread, isWithoutHeadings: true };
  const lines = body.flatMap((line) => lineOf(rules, columns, line, unread));
  return { lines, unread, isWithoutHeadings: false };
}

function lineOf(rules, columns, { number, cells }, unread) {
  const at = (name) => cells[columns.findIndex((own) => own.name === name)] ?? "",
    [id, name, site] = ["subject_id", "subject_name", "site_name"].map(at);
  if (cells.slice(columns.length).some(Boolean) || TOTAL.test(keyOf(id)) || TOTAL.test(keyOf(name))) {
    unread.push({ number, heading: "", text: cells.filter(Boolean).slice(0, 3).join(" ") });
    return [];
  }
  const stated = {};
  for (const [place, { name: fact, own, heading }] of columns.entries()) {
    if (!fact || own || !cells[place]) continue;
    const value = valueOf(rules, fact, cells[place]);
    if (value === undefined) unread.push({ number, heading, text: cells[place] });
    else stated[fact] = value;
  }
  return [{ number, id, name, site, stated }];
}

/** What a cell says of a fact; undefined where it is not read. */
export function valueOf(rules, name, text) {
  const kind = rules.plan.kind(name),
    key = keyOf(text);
  if (kind.kind === "boolean") return YES.includes(key) ? true : NO.includes(key) ? false : undefined;
  if (kind.kind === "text") return text;
  if (kind.kind === "enumeration") return chosen(rules, name, key);
  if (kind.kind === "set") return members(rules, name, text);
  return possible(name, kind, kind.kind === "date" ? dateOf(key) : NUMBER.test(key) ? key.replaceAll(",", "") : undefined);
}

const chosen = (rules, name, key) => (rules.facts[name].values ?? []).find(([, label]) => label.some((own) => keyOf(own) === key))?.[0];

/** The members that a cell names, with commas between them; a name may hold commas itself, and the longest one is meant. */
function members(rules, name, text) {
  const parts = text.split(/([、，,；;])/),
    found = [];
  for (let at = 0; at < parts.length; ) {
    let end = parts.length,
      value;
    for (; end > at && !value; end -= 2) value = chosen(rules, name, keyOf(parts.slice(at, end).join("")));
    if (!value) return undefined;
    found.push(value);
    at = end + 3;
  }
  return rules.plan.kind(name).values.filter((own) => found.includes(own));
}

/** A day, or the days of a month. */
function dateOf(key) {
  const [, year, month, day] = DATE.exec(key) ?? [],
    padded = (number) => String(number).padStart(2, "0");
  if (!year || (!day && !/月$/.test(key))) return undefined;
  if (day) return `${year}-${padded(month)}-${padded(day)}`;
  const last = new Date(Date.UTC(Number(year), Number(month), 0)).getUTCDate();
  return { least: `${year}-${padded(month)}-01`, greatest: `${year}-${padded(month)}-${padded(last)}` };
}

function possible(name, kind, value) {
  try {
    return value === undefined || domainOf(name, kind, value) ? value : undefined;
  } catch (fault) {
    if (fault instanceof RangeError) return undefined;
    throw fault;
  }
}

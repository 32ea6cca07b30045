/** What was said of one organization, as the fragment of an address: readable, and without facts about persons. */
import { NOT_KNOWN } from "./standing.js";

const READING = "reading.",
  NUMBER = "number.";

const HEAD = ["place", "day", "language", "goal"];

/** The fragment of a case: {place, day, language, stated, readings, numbers}. */
export function fragmentOf(rules, { place, day, language, stated, readings, numbers = {} }) {
  const found = new URLSearchParams({ place, day, language });
  for (const [name, value] of Object.entries(stated)) {
    if (!rules.facts[name]?.personal) found.set(name, textOf(value));
  }
  for (const [name, option] of Object.entries(readings)) found.set(READING + name, option);
  for (const [key, value] of Object.entries(numbers)) found.set(NUMBER + key, value);
  return `#${found}`;
}

/** A value as it stands in an address. */
export function textOf(value) {
  if (value === NOT_KNOWN) return "?";
  if (value === true || value === false) return value ? "yes" : "no";
  if (Array.isArray(value)) return value.join(".") || "-";
  if (value.sure) return `${value.sure.join(".") || "-"}~`;
  if (typeof value === "object") return `${value.least ?? ""}..${value.greatest ?? ""}`;
  return String(value);
}

/** Place, day, language and the decision to ask for of a fragment, before the rules of the place are known; null where it names none. */
export function headOf(fragment) {
  const found = new URLSearchParams(fragment.replace(/^#/, ""));
  return Object.fromEntries(HEAD.map((name) => [name, found.get(name)]));
}

/** What a fragment says under the rules of its place; `lost` are the names that these rules do not have. */
export function caseOf(rules, fragment, free = []) {
  const stated = {},
    readings = {},
    numbers = {},
    lost = [];
  for (const [key, text] of new URLSearchParams(fragment.replace(/^#/, ""))) {
    if (HEAD.includes(key)) continue;
    const tried = free.find((one) => key === NUMBER + one.key),
      value = Number(text);
    if (tried && Number.isSafeInteger(value) && value >= tried.low && value <= tried.high) {
      numbers[tried.key] = value;
      continue;
    }
    const reading = key.startsWith(READING) ? key.slice(READING.length) : null;
    if (reading !== null && rules.readings[reading]?.options.some(([option]) => option === text)) readings[reading] = text;
    else if (reading === null && rules.facts[key]) stated[key] = valueOf(rules.plan.facts[key].kind, text);
    else lost.push(key);
  }
  return { stated, readings, numbers, lost };
}

function valueOf(kind, text) {
  if (text === "?") return NOT_KNOWN;
  if (kind === "boolean") return text === "yes" ? true : text === "no" ? false : text;
  const members = (own) => (own === "-" ? [] : own.split("."));
  if (kind === "set") return text.endsWith("~") ? { sure: members(text.slice(0, -1)) } : members(text);
  if (["integer", "decimal", "money", "date"].includes(kind) && text.includes("..")) {
    const [least, greatest] = text.split("..");
    return { ...(least && { least }), ...(greatest && { greatest }) };
  }
  return text;
}

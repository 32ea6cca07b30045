/** Sentences by key, and values as a person writes them, in one language about the rules of one place. */
import { decoded } from "../walker.js";
import { NOT_KNOWN } from "./standing.js";

const UNITS = { people: "person" };

export class Words {
  /** sentences: {zh: {key: text}, en: {key: text}}. */
  constructor(rules, language, sentences) {
    Object.assign(this, { rules, language, sentences: sentences[language] });
  }

  /** The sentence of a key with its places filled. */
  say(key, parts = {}) {
    return this.sentences[key].replace(/\{(\w+)\}/g, (_, name) => parts[name]);
  }

  label(pair) {
    return pair ? pair[this.language === "zh" ? 0 : 1] : "";
  }

  joined(texts, key = "comma") {
    return [...new Set(texts)].join(this.say(key));
  }

  name(variable) {
    const { facts, readings, decisions } = this.rules;
    return this.label((facts[variable] ?? readings[variable] ?? decisions[variable]).label);
  }

  /** What a decision is called in a heading. */
  heading(decision) {
    const found = this.rules.decisions[decision];
    return this.label(found.heading ?? found.label);
  }

  named(enumeration, value) {
    return this.label(this.rules.enumerations[enumeration]?.[value]) || value;
  }

  option(reading, option) {
    return this.label(this.rules.readings[reading].options.find(([own]) => own === option)[1]);
  }

  choice(readings) {
    return this.joined(Object.entries(readings).map(([name, option]) => this.option(name, option)));
  }

  /** The labels of the values of a fact, in their order. */
  options(fact) {
    return (this.rules.facts[fact].values ?? []).map(([value, label]) => [value, this.label(label)]);
  }

  counted(number, unit) {
    const own = this.language === "en" && /^-?1$/.test(number) ? singular(unit) : unit;
    return unit ? this.say("percent_unit", { number, unit: own }) : number;
  }

  unit(variable) {
    const { unit } = this.rules.facts[variable] ?? {};
    return unit ? this.label(unit) : this.kind(variable).kind === "money" ? this.say("yuan") : "";
  }

  kind(variable) {
    return this.rules.plan.kinds[variable] ?? this.rules.plan.decisions.get(variable).type;
  }

  /** A day as a person writes it. */
  day(iso) {
    const [year, month, day] = iso.split("-").map(Number);
    return this.say("full_day", { year, month: this.say("month_names").split(" ")[month - 1], day });
  }

  /** A text with its days as a person writes them. */
  spelled(text) {
    return text.replace(/(?<![\d-])\d{4}-\d\d-\d\d(?![\d-])/g, (day) => this.day(day));
  }

  /** A number or date, given as the rules keep it: days, fen. */
  encoded(variable, number) {
    const kind = this.kind(variable);
    if (kind.kind === "set") return String(number);
    return this.number(variable, decoded(kind, number));
  }

  /** By how much numbers differ. */
  difference(variable, number) {
    if (this.kind(variable).kind === "date") return this.counted(String(number), this.say("days"));
    return this.encoded(variable, number);
  }

  number(variable, value) {
    if (this.kind(variable).kind === "date") return this.day(value);
    const [whole, part = ""] = String(value).split("."),
      rest = /[1-9]/.test(part) ? `.${part}` : "";
    return this.counted(whole.replace(/\B(?=(\d{3})+$)/g, ",") + rest, this.unit(variable));
  }

  /** A value of a fact, a reading or a decision. */
  value(variable, value) {
    if (value === undefined || value === null || value === NOT_KNOWN) return this.say("unknown");
    if (variable in this.rules.readings) return this.option(variable, value);
    if (typeof value === "boolean") return this.say(value ? "true" : "false");
    const kind = this.kind(variable);
    if (Array.isArray(value)) return this.members(variable, value) || this.say("empty");
    if (value.sure) return value.sure.length ? this.say("and_others", { list: this.members(variable, value.sure) }) : this.say("unknown");
    if (typeof value === "object") {
      const ends = [["at_least", value.least], ["at_most", value.greatest]].filter(([, end]) => end !== undefined);
      return this.joined(ends.map(([key, end]) => this.say(key) + this.number(variable, end)));
    }
    if (kind.least !== undefined) return this.number(variable, value);
    return this.single(variable, value);
  }

  single(variable, value) {
    const own = this.rules.facts[variable]?.values?.find(([name]) => name === value);
    return own ? this.label(own[1]) : this.named(this.rules.decisions[variable]?.enumeration, value);
  }

  members(variable, values) {
    return this.joined(values.map((value) => this.single(variable, value)));
  }

  /** A cell of a list, whose enumeration may have another name than its column. */
  cell(decision, column, value) {
    const { columns = [], enumeration } = this.rules.decisions[decision],
      kind = Object.fromEntries(columns)[column] || column || enumeration;
    if (this.rules.enumerations[kind]?.[value]) return this.named(kind, value);
    const found = Object.keys(this.rules.enumerations).find((name) => value in this.rules.enumerations[name]);
    return this.named(found, value);
  }

  /** Cells of a list in one text: the first, with the others in brackets. */
  cells(decision, columns) {
    const [first, ...rest] = columns.map(([column, value]) => this.cell(decision, column, value));
    return rest.length ? this.say("item_more", { first, rest: this.joined(rest) }) : first;
  }

  /** A provision with its instrument. */
  source({ title, number, article, summary, unverified }) {
    const pinpoint = this.label(article) || this.label(summary),
      text = number
        ? this.say("citation", { title: this.label(title), number, articles: pinpoint })
        : this.say("unnumbered", { title: this.label(title), articles: pinpoint });
    return unverified ? text + this.say("not_verified") : text;
  }
}

function singular(unit) {
  if (unit in UNITS) return UNITS[unit];
  if (unit.endsWith("ies")) return `${unit.slice(0, -3)}y`;
  return unit.endsWith("s") && !unit.endsWith("ss") ? unit.slice(0, -1) : unit;
}

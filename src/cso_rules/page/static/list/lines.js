/** The list: one line an organization with its answer; the line that is chosen is shown by the panel. */
import { button, h, list } from "../elements.js";
import { Standing } from "../standing.js";
import { readList } from "./reading.js";
import { textOfFile } from "./sheet.js";

const MOST_SHOWN = 200; // lines at a time
const MOST_BYTES = 20_000_000;
const TURN = 40; // milliseconds until the page may do something else
const pause = () => new Promise((done) => setTimeout(done));

/** What a line says of the headline under rules: a key that equal answers share, and the possible values. */
function answerOf(rules, readings, stated) {
  const standing = new Standing(rules, stated, readings),
    { status, possible = [] } = standing.outcome(rules.headline);
  return { key: JSON.stringify([status, possible]), status, possible, missing: standing.missing([rules.headline]).length, isBroken: standing.problems.length > 0 };
}

export class List {
  /** parts: where it is drawn; choose(line): show a line in the panel. */
  constructor(parts, choose) {
    Object.assign(this, { parts, choose, text: "", lines: [], unread: [], chosen: null, group: null, shown: MOST_SHOWN, turn: 0, isOpen: false, isWithoutHeadings: false });
  }

  /** Read a text by the rules of the place and day. */
  read(rules, text) {
    const edited = new Map(this.text === text ? this.lines.filter(({ isEdited }) => isEdited).map((line) => [line.number, line.stated]) : []);
    Object.assign(this, { text, group: null, shown: MOST_SHOWN }, readList(rules, text));
    for (const line of this.lines.filter(({ number }) => edited.has(number))) Object.assign(line, { stated: edited.get(line.number), isEdited: true });
    this.chosen = this.lines.find(({ number }) => number === this.chosen?.number) ?? null;
  }

  /** Draw it, and answer its lines a few at a time; `law` are the rules without other numbers. */
  async draw(context, law) {
    const { words, state } = context,
      own = (this.turn += 1),
      isTried = law !== context.rules;
    this.context = context;
    this.isTried = isTried;
    const basis = JSON.stringify([state.place, state.day, state.readings]),
      trial = JSON.stringify(state.numbers);
    if (this.basis !== basis) for (const line of this.lines) Object.assign(line, { law: null, trial: null });
    this.basis = basis;
    this.drawFrame(words);
    if (this.lines.some(({ now }) => !now)) for (const part of ["groups", "lines", "unread"]) this.parts[part].replaceChildren();
    let started = performance.now();
    for (const [place, line] of this.lines.entries()) {
      line.law ??= answerOf(law, state.readings, line.stated);
      if (isTried && line.trial !== trial) Object.assign(line, { trial, tried: answerOf(context.rules, state.readings, line.stated) });
      line.now = isTried ? line.tried : line.law;
      if (performance.now() - started < TURN) continue;
      this.parts.count.textContent = words.say("page_list_working", { number: place + 1, all: this.lines.length });
      await pause();
      if (own !== this.turn) return;
      started = performance.now();
    }
    this.drawLines();
  }

  /** Keep what is said now of the chosen line. */
  edit(stated) {
    if (this.chosen && JSON.stringify(stated) !== JSON.stringify(this.chosen.stated)) Object.assign(this.chosen, { stated: { ...stated }, law: null, trial: null, isEdited: true });
  }

  // ------------------------------------------------ what is drawn

  /** Draw what stands above the lines, anew only where it changes, so that a text that is being typed stays. */
  drawFrame(words) {
    const { frame, title, count, entry } = this.parts,
      drawn = `${words.language} ${this.lines.length > 0}`;
    frame.hidden = !this.isOpen;
    title.textContent = words.say("page_list");
    if (this.drawn !== drawn) entry.replaceChildren(...this.entryParts(words));
    this.drawn = drawn;
    if (!this.lines.length) count.textContent = this.isWithoutHeadings && this.text ? words.say("page_list_no_headings") : "";
    if (!this.lines.length) this.drawLines();
  }

  entryParts(words) {
    const field = h("textarea", { id: "list-text", rows: 3, spellcheck: "false", "aria-describedby": "list-how" }),
      take = () => this.take(field.value);
    const file = h("input", { type: "file", id: "list-file", accept: ".csv,.tsv,.txt,text/csv", onchange: ({ target }) => this.takeFile(target.files[0]) });
    const parts = [
      h("p", { id: "list-how", class: "note" }, words.say("page_list_how")),
      h("p", {}, h("label", { for: "list-text" }, words.say("page_list_paste")), field),
      h("p", { class: "choices" }, button(words.say("page_list_read"), take, { class: "choice main", id: "list-read" }), h("label", { for: "list-file" }, words.say("page_list_file")), file),
    ];
    return this.lines.length ? [h("details", {}, h("summary", {}, words.say("page_list_other")), parts)] : parts;
  }

  take(text) {
    this.chosen = null;
    this.read(this.context.law, text);
    this.context.redraw("list-count");
  }

  async takeFile(file) {
    if (!file) return;
    const { words } = this.context;
    try {
      if (file.size > MOST_BYTES) throw new RangeError("too large");
      this.take(textOfFile(new Uint8Array(await file.arrayBuffer())));
    } catch {
      this.parts.count.textContent = words.say("page_list_no_text", { name: file.name });
    }
  }

  drawLines() {
    const { words, rules } = this.context,
      { count, groups, lines, unread } = this.parts,
      found = this.grouped();
    if (this.lines.length) count.textContent = words.say("page_list_count", { number: this.lines.length }) + this.movedText(words);
    groups.replaceChildren(...(this.lines.length ? [list([...found].map(([key, own]) => this.groupButton(key, own)), { class: "inline" })] : []));
    const wanted = this.group === null ? this.lines : (found.get(this.group) ?? []),
      rows = wanted.slice(0, this.shown).map((line) => this.row(words, rules, line));
    lines.replaceChildren(...(rows.length ? [this.table(words, rules, rows), ...this.furtherLines(words, wanted)] : []));
    unread.replaceChildren(...this.unreadParts(words));
  }

  /** Lines by answer, the most frequent first; with other numbers those that move before them. */
  grouped() {
    const found = new Map();
    for (const line of this.lines) found.set(line.now.key, [...(found.get(line.now.key) ?? []), line]);
    const sorted = [...found].sort(([, one], [, two]) => two.length - one.length),
      moved = this.isTried ? this.lines.filter((line) => line.now.key !== line.law.key) : [];
    return new Map(moved.length ? [["moved", moved], ...sorted] : sorted);
  }

  groupButton(key, own) {
    const { words, rules } = this.context,
      name = key === "moved" ? words.say("page_list_moved") : this.answerText(words, rules, own[0].now),
      choose = () => {
        Object.assign(this, { group: this.group === key ? null : key, shown: MOST_SHOWN });
        this.drawLines();
        this.parts.groups.querySelector(`[data-key="${CSS.escape(key)}"]`)?.focus();
      };
    return button(words.say("page_list_group", { name, number: own.length }), choose, { "aria-pressed": String(this.group === key), "data-key": key });
  }

  answerText(words, rules, { status, possible }) {
    if (status === "no_rule_in_force") return words.say("page_list_no_rule");
    if (status === "conflict") return words.say("page_list_conflict");
    const values = words.joined(possible.map((value) => words.value(rules.headline, value)), "or_bodies");
    return status === "determined" ? values : words.say("page_perhaps", { names: values });
  }

  movedText(words) {
    if (!this.isTried) return "";
    const number = this.lines.filter((line) => line.now.key !== line.law.key).length;
    return " " + words.say(number ? "page_list_moves" : "page_list_moves_none", { number });
  }

  table(words, rules, rows) {
    const heads = [words.say("page_list_name"), words.heading(rules.headline), words.say("page_list_missing")];
    return h("table", {}, h("caption", { class: "hidden" }, words.say("page_list")), h("thead", {}, h("tr", {}, heads.map((text) => h("th", { scope: "col" }, text)))), h("tbody", {}, rows));
  }

  row(words, rules, line) {
    const name = line.name || line.id || words.say("page_list_line", { number: line.number }),
      more = [line.name && line.id, line.site, line.isEdited && words.say("page_list_edited")].filter(Boolean).join(" · "),
      isMoved = line.now.key !== line.law.key;
    const note = line.now.isBroken ? h("span", { class: "problem" }, words.say("page_problems")) : line.now.status === "undetermined" ? String(line.now.missing) : "–";
    return h("tr", { class: line === this.chosen ? "chosen" : null },
      h("th", { scope: "row" }, button(name, () => this.chooseLine(line), { class: "link", "aria-current": line === this.chosen ? "true" : null, "data-line": line.number }), more ? h("small", {}, more) : null),
      h("td", {}, isMoved ? [h("s", {}, this.answerText(words, rules, line.law)), " → ", h("strong", {}, this.answerText(words, rules, line.now))] : this.answerText(words, rules, line.now)),
      h("td", {}, note),
    );
  }

  chooseLine(line) {
    this.chosen = line;
    this.choose(line);
  }

  furtherLines(words, wanted) {
    if (wanted.length <= this.shown) return [];
    const more = () => {
      this.shown += MOST_SHOWN;
      this.drawLines();
    };
    return [button(words.say("page_list_more", { number: wanted.length - this.shown }), more)];
  }

  unreadParts(words) {
    if (!this.unread.length || this.isWithoutHeadings) return [];
    const told = this.unread.slice(0, MOST_SHOWN).map(({ number, heading, text }) => {
      const key = !heading ? "page_list_unread_line" : text ? "page_list_unread_cell" : "page_list_unread_column";
      return words.say(key, { number, heading, text });
    });
    return [h("details", { open: this.unread.length <= 3 }, h("summary", {}, words.say("page_list_unread", { number: this.unread.length })), list(told, { class: "small" }))];
  }
}


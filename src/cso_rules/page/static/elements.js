/** Elements of the page out of plain values: text is never taken for markup. */

/** An element: attributes, listeners under `on…`, children. */
export function h(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith("on")) made.addEventListener(key.slice(2), value);
    else if (value === true) made.setAttribute(key, "");
    else if (value !== false && value !== null && value !== undefined) made.setAttribute(key, value);
  }
  made.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== ""));
  return made;
}

/** A button that does something. */
export const button = (text, action, attributes = {}) => h("button", { type: "button", onclick: action, ...attributes }, text);

/** A section with a heading, or nothing where it is empty. */
export function section(title, children, attributes = {}) {
  const found = children.flat(Infinity).filter(Boolean);
  return found.length ? h("section", attributes, h("h3", {}, title), found) : null;
}

/** A list, or nothing where it is empty. */
export const list = (items, attributes = {}) => (items.length ? h("ul", attributes, items.map((item) => h("li", {}, item))) : null);

/** Provisions, folded behind a word; links where their publication is known. */
export function provisions(words, cited) {
  const shown = [...new Map(cited.map((own) => [words.source(own), own])).entries()];
  if (!shown.length) return null;
  const lines = shown.map(([text, { url, summary, article }]) => [
    published(text, url),
    words.label(article) && words.label(summary) ? h("span", { class: "summary" }, words.label(summary)) : null,
  ]);
  return h("details", { class: "provisions" }, h("summary", {}, words.say("page_provisions")), list(lines));
}

/** A text as a link to where it is published, if that is known. */
export const published = (text, url) => (url ? h("a", { href: url, rel: "noreferrer" }, text) : text);

/** A list as text, such as a CSV file or cells copied from a spreadsheet, as lines of cells. */

/** The text of a file: UTF-8, or UTF-16 where it says so, or else as Chinese spreadsheets write CSV (GB 18030). */
export function textOfFile(bytes) {
  const [first, second] = bytes;
  if (first === 0xff && second === 0xfe) return new TextDecoder("utf-16le").decode(bytes);
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return new TextDecoder("gb18030", { fatal: true }).decode(bytes);
  }
}

/** The lines of a text that are not blank: {number, cells}; a line is numbered as a spreadsheet numbers its rows. */
export function linesOf(text) {
  const body = text.replace(/^\ufeff/, ""),
    separator = separatorOf(body),
    found = [];
  let cells = [],
    cell = "",
    isQuoted = false,
    number = 1;
  const endCell = () => {
    cells.push(cell.trim());
    cell = "";
  };
  const endLine = () => {
    endCell();
    if (cells.some(Boolean)) found.push({ number, cells });
    cells = [];
    number += 1;
  };
  for (let at = 0; at < body.length; at += 1) {
    const letter = body[at];
    if (isQuoted) {
      if (letter !== '"') cell += letter;
      else if (body[at + 1] === '"') cell += body[(at += 1)];
      else isQuoted = false;
    } else if (letter === '"' && !cell.trim()) [isQuoted, cell] = [true, ""];
    else if (letter === separator) endCell();
    else if (letter === "\n") endLine();
    else if (letter !== "\r") cell += letter;
  }
  if (cell || cells.length) endLine();
  return found;
}

/** What stands between cells: what the first line has most of. */
function separatorOf(text) {
  const first = text.slice(0, text.search(/\n|$/)),
    count = (mark) => first.split(mark).length;
  return ["\t", ",", ";"].reduce((best, mark) => (count(mark) > count(best) ? mark : best));
}

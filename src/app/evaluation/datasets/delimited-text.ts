/**
 * Rows of a csv, semicolon- or tab-separated text: quotes as RFC 4180 has them, line ends of any system, a byte order
 * mark or none. The delimiter is the one of the three that the first line has most of.
 */
export function parseDelimitedText(text: string): string[][] {
  const body = text.replace(/^\uFEFF/, '');
  const delimiter = delimiterOf(body.slice(0, body.search(/[\r\n]|$/)));
  const rows: string[][] = [];
  let row: string[] = [];
  let field = '';
  let quoted = false;
  const endRow = () => {
    row.push(field);
    if (row.length > 1 || field !== '') rows.push(row);
    row = [];
    field = '';
  };
  for (let position = 0; position < body.length; position++) {
    const character = body[position]!;
    if (quoted) {
      if (character !== '"') field += character;
      else if (body[position + 1] === '"') field += body[position++]!;
      else quoted = false;
    } else if (character === '"' && field === '') quoted = true;
    else if (character === delimiter) {
      row.push(field);
      field = '';
    } else if (character === '\n' || character === '\r') endRow();
    else field += character;
  }
  endRow();
  return rows;
}

function delimiterOf(line: string): string {
  const count = (delimiter: string) => line.split(delimiter).length;
  return [',', ';', '\t'].reduce((best, other) => (count(other) > count(best) ? other : best));
}

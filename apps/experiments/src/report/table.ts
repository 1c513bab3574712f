/** A Markdown table that also reads well as plain text. */
export function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = header.map((_, k) =>
    Math.max(...[header, ...rows].map((row) => (row[k] ?? '').length)),
  );
  const line = (cells: readonly string[]) =>
    `| ${widths.map((width, k) => pad(cells[k] ?? '', width, k)).join(' | ')} |`;
  const rule = widths.map((width, k) =>
    k === 0 ? '-'.repeat(width) : `${'-'.repeat(Math.max(1, width - 1))}:`,
  );
  return [line(header), line(rule), ...rows.map(line)].join('\n');
}

/** Names to the left, numbers to the right. */
function pad(cell: string, width: number, column: number): string {
  return column === 0 ? cell.padEnd(width) : cell.padStart(width);
}

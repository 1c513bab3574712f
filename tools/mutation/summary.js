// What came out of the faults of a package: the score, and those that no test found.

/** @typedef {import('./mutate.js').Mutant} Mutant */

/** @returns {{ name: string, score: number, text: string }} `score`: the share of the faults that were found. */
export function summaryOf(/** @type {string} */ name, /** @type {Mutant[]} */ mutants) {
  const count = (/** @type {string[]} */ ...statuses) =>
    mutants.filter(({ status }) => statuses.includes(status)).length;
  const found = count('Killed', 'Timeout');
  const left = mutants.filter(({ status }) => ['Survived', 'NoCoverage'].includes(status));
  const all = found + left.length;
  const score = all === 0 ? 1 : found / all;
  const text = [
    ...left.map(lineOf),
    `${name}: ${found} of ${all} faults found, ${(100 * score).toFixed(1)} % (${count('Timeout')} endless; ${count('Ignored')} left out)`,
  ].join('\n');
  return { name, score, text };
}

/** `file:line:column  from → to`. */
function lineOf(/** @type {Mutant} */ { file, source, location, replacement, status }) {
  const { start, end } = location;
  const lines = source.split('\n').slice(start.line - 1, end.line);
  lines.push(/** @type {string} */ (lines.pop()).slice(0, end.column - 1));
  const from = lines.join('\n').slice(start.column - 1);
  const how = status === 'NoCoverage' ? ' (no test runs it)' : '';
  return `${file}:${start.line}:${start.column}  ${short(from)} → ${short(replacement)}${how}`;
}

const short = (/** @type {string} */ code) => {
  const line = code.replace(/\s+/g, ' ').trim();
  return line.length > 80 ? `${line.slice(0, 79)}…` : line;
};

import { table } from '../report/table.js';
import { TUNED } from '../studies/flat-minima/arms.js';
import type { Claim, Section } from '../study.js';
import type { Timing } from './measure.js';

/** The extra time of SASP of the network compared with SAM's. */
export function timingSection(timings: readonly Timing[]): Section {
  const own = timings.filter(({ study }) => study === undefined);
  const flat = timings.filter(({ study }) => study === 'flat-minima');
  return {
    markdown: [
      `Median time of a step with Adam on wasm, as a ratio to the plain step; the methods take turns. "plain, again" is the noise
of the measurement. Other sizes, penalties and backends: [bench](../../../tools/bench).`,
      timesTable(own),
      ...(flat.length > 0
        ? [
            `The models of flat minima, batches of 32, measured while other programs kept the machine busy:`,
            timesTable(flat),
          ]
        : []),
    ].join('\n\n'),
    figures: [],
    losses: [],
    claims: [
      ...own.flatMap((timing) =>
        Object.keys(timing.ratios)
          .filter((name) => name.startsWith('SASP network'))
          .map((name) => claim(name, timing, ['half', 1 / 2])),
      ),
      ...flat.map((timing) => claim(TUNED, timing, ['a third', 1 / 3])),
    ],
  };
}

function timesTable(timings: readonly Timing[]): string {
  const names = [...new Set(timings.flatMap(({ ratios }) => Object.keys(ratios)))];
  const rows = names.map((name) => [
    name,
    ...timings.map(({ ratios }) => ratios[name]?.toFixed(2) ?? ''),
  ]);
  return table(['', ...timings.map(({ network, plain }) => `${network} (${plain} ms)`)], rows);
}

function claim(
  name: string,
  { network, ratios }: Timing,
  [words, share]: readonly [string, number],
): Claim {
  const extra = (ratios[name] as number) - 1;
  const sam = (ratios.SAM as number) - 1;
  return {
    statement: `${name}: less than ${words} of SAM's extra time (${network})`,
    found: `${percent(extra)} compared with ${percent(sam)}`,
    holds: extra < share * sam,
  };
}

const percent = (x: number) => `${x < 0 ? '−' : '+'}${Math.abs(100 * x).toFixed(0)} %`;

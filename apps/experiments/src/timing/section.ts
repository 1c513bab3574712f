import { table } from '@toploss/examples/table';
import type { Claim, Section } from '../study.js';
import type { Timing } from './measure.js';

/** The extra time of SASP of the network beside SAM's. */
export function timingSection(timings: readonly Timing[]): Section {
  const names = Object.keys(timings[0]?.ratios ?? {});
  const rows = names.map((name) => [
    name,
    ...timings.map(({ ratios }) => (ratios[name] as number).toFixed(2)),
  ]);
  return {
    markdown: [
      `Median time of a step with Adam on wasm, as a ratio to the plain step; the methods take turns. "plain, again" is the noise
of the measurement. Other sizes, penalties and backends: [bench](../../../bench).`,
      table(['', ...timings.map(({ network, plain }) => `${network} (${plain} ms)`)], rows),
    ].join('\n\n'),
    figures: [],
    losses: [],
    claims: timings.flatMap((timing) =>
      names.filter((name) => name.startsWith('SASP network')).map((name) => claim(name, timing)),
    ),
  };
}

function claim(name: string, { network, ratios }: Timing): Claim {
  const extra = (ratios[name] as number) - 1;
  const sam = (ratios.SAM as number) - 1;
  return {
    statement: `${name}: less than half of SAM's extra time (${network})`,
    found: `${percent(extra)} beside ${percent(sam)}`,
    holds: extra < sam / 2,
  };
}

const percent = (x: number) => `${x < 0 ? '−' : '+'}${Math.abs(100 * x).toFixed(0)} %`;

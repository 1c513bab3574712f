import type { Claim, StudyResults } from '../../study.js';
import { CONDITIONS } from './conditions.js';
import { under } from './found.js';

/** How near an end is to where it should be. */
const LIMIT = 0.01;

/** Where λθ meets the gradient of ½(θ − 1)²: 1/(1 + λ) for λ = ½. */
const SHRUNK = 2 / 3;

export function adamClaim(results: StudyResults): Claim {
  const ends = (name: string) =>
    under(results, CONDITIONS.adam, 'end').find(({ method }) => method === name)?.values ?? [];
  const expected: [string, number][] = [
    ['L2 in the loss', SHRUNK],
    ['CVP, expansion gate, in the loss', SHRUNK],
    ['CVP, cautious gate, decoupled', 1],
  ];
  const isThere = (limit: number) => (value: number) => Math.abs(value - limit) < LIMIT;
  return {
    statement:
      'Under Adam, on ½(θ − 1)² with λ = ½, L2 and the expansion gate in the loss end at .667, decoupled cautious decay at the minimum, from every start',
    found: expected
      .map(([name, limit]) => {
        const [there, others] = [true, false].map((is) =>
          ends(name).filter((value) => isThere(limit)(value) === is),
        ) as [number[], number[]];
        return [
          `${name}: ${there.length} of ${ends(name).length} starts end within .01 of ${limit.toFixed(3)}`,
          ...(others.length > 0 ? [`the others at ${span(others)}`] : []),
        ].join(', ');
      })
      .join('; '),
    holds: expected.every(([name, limit]) => ends(name).every(isThere(limit))),
  };
}

const span = (values: readonly number[]): string =>
  [...new Set([Math.min(...values), Math.max(...values)].map((x) => x.toFixed(3)))].join(' to ');

import type { Row } from '../run.js';
import { SHOWN, SUITES, type Suite } from '../suites.js';

const BACKENDS = ['cpu', 'wasm'];

/** Nothing where the suite has no target for it. */
export function targetOf({ suite, size, backend }: Row, arm: string): number | undefined {
  const { targets = {}, targetFor = () => true, smallTargets = {} } = SUITES[suite] as Suite;
  if (size === SHOWN[0] && smallTargets[arm] !== undefined) {
    return smallTargets[arm];
  }
  return targetFor(size) ? targets[arm]?.[BACKENDS.indexOf(backend)] : undefined;
}

export const isMissed = (row: Row, arm: string): boolean =>
  Number(row.ratios[arm]?.median.toFixed(2)) > (targetOf(row, arm) ?? Infinity);

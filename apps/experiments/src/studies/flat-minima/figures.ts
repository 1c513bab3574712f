import { forest, type Spot } from '../../figures/forest.js';
import { COLORS, panels } from '../../figures/plot.js';
import type { Row } from '../../report/comparison.js';
import type { Figure } from '../../study.js';

/** The arms under one condition, with their differences to SAM. */
export interface Compared {
  condition: string;
  crossEntropy: Row[];
  accuracy: Row[];
}

/** The difference of every arm to tuned SAM, with its interval: a panel for each of the conditions. */
export function forests(compared: readonly Compared[]): Figure {
  const charts = compared.map(({ condition, crossEntropy }) => {
    // Plain is far off, and would leave the others no room
    const spots = crossEntropy.flatMap(({ arm, difference }) =>
      difference && arm !== 'plain' ? [{ arm, ...difference }] : [],
    );
    return forest(condition, spots, color, 190);
  });
  return {
    name: 'flat-minima',
    alt: 'Test cross-entropy of each method minus that of tuned SAM, with intervals, for each model',
    svg: panels('Test cross-entropy minus that of tuned SAM', charts, { width: 460, height: 280 }),
  };
}

const color = ({ arm }: Spot) => (arm.startsWith('SASP') ? COLORS[1] : COLORS[0]);

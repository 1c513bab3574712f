import { random } from '@toploss/examples/random';
import type { Rows } from './rows.js';

const CLASSES = 6;
const MODES = 3; // of each class: no line separates them
const FEATURES = 16;
const SPREAD = 1.15; // of the centers; the examples have 1
const COUNT = 2400;

/** Gaussian clusters with random centers, three to a class, which overlap. */
export function mixture(): Rows {
  const { normal, below } = random(0, 'mixture');
  const normals = (scale: number) => Array.from({ length: FEATURES }, () => scale * normal());
  const centers = Array.from({ length: CLASSES * MODES }, () => normals(SPREAD));
  const examples = Array.from({ length: COUNT }, () => {
    const cluster = below(centers.length);
    const offset = normals(1);
    return {
      row: (centers[cluster] as number[]).map((x, k) => x + (offset[k] as number)),
      label: cluster % CLASSES,
    };
  });
  return { rows: examples.map(({ row }) => row), labels: examples.map(({ label }) => label) };
}

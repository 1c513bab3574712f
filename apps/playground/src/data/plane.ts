import { type Random, random } from '@toploss/examples/random';
import { type DataSet, type Examples, withLabelNoise } from './sets.js';

export type PlaneName = 'moons' | 'circles' | 'xor' | 'spiral';

type Point = readonly [x: number, y: number];

/** The half-width of the square that is drawn; the sets lie within it. */
export const EXTENT = 1.5;
const TEST = 1000;

interface Shape {
  /** Of the normal noise on each coordinate. */
  readonly deviation: number;
  /** A point of class 0 or 1 without that noise; `uniform` draws from [0, 1). */
  at(label: number, uniform: () => number): Point;
}

const polar = (radius: number, angle: number): Point => [
  radius * Math.cos(angle),
  radius * Math.sin(angle),
];

const shapes: Record<PlaneName, Shape> = {
  moons: {
    deviation: 0.1,
    at: (label, uniform) => {
      const [x, y] = polar(0.76, Math.PI * uniform());
      return label === 0 ? [x - 0.38, y - 0.16] : [0.38 - x, 0.16 - y];
    },
  },
  circles: {
    deviation: 0.12,
    at: (label, uniform) => polar(label === 0 ? 0.45 : 1.05, 2 * Math.PI * uniform()),
  },
  xor: {
    deviation: 0.05,
    at: (label, uniform) => {
      const side = uniform() < 0.5 ? 1 : -1;
      const [x, y] = [0.1 + uniform(), 0.1 + uniform()];
      return [side * x, (label === 0 ? side : -side) * y];
    },
  },
  spiral: {
    deviation: 0.05,
    at: (label, uniform) => {
      const t = uniform();
      return polar(0.1 + 1.15 * t, 3.2 * Math.PI * t ** 0.8 + label * Math.PI);
    },
  },
};

/** Two classes in the plane, as many points of each; the test points are the same for every seed. */
export function planeData(name: PlaneName, size: number, noise: number, seed: number): DataSet {
  const training = draw(name, size, random(seed, `points of ${name}`));
  return {
    dimension: 2,
    classes: 2,
    training: { ...training, labels: withLabelNoise(training.truth, 2, noise, seed) },
    test: draw(name, TEST, random(0, `test points of ${name}`)),
  };
}

function draw(name: PlaneName, size: number, source: Random): Examples {
  const { deviation, at } = shapes[name];
  const truth = Array.from({ length: size }, (_, k) => k % 2);
  const uniform = () => source.below(2 ** 24) / 2 ** 24;
  const points = truth.flatMap((label) => {
    const [x, y] = at(label, uniform);
    return [x + deviation * source.normal(), y + deviation * source.normal()];
  });
  return { inputs: Float32Array.from(points), labels: truth, truth };
}

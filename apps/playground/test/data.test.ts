import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { digitData } from '../src/data/digits.js';
import { EXTENT, type PlaneName, planeData } from '../src/data/plane.js';
import { type Examples, withLabelNoise } from '../src/data/sets.js';

const names: PlaneName[] = ['moons', 'circles', 'xor', 'spiral'];
const digits = JSON.parse(
  readFileSync(new URL('../../examples/data/digits.json', import.meta.url), 'utf8'),
);

const noisyOf = ({ labels, truth }: Examples) =>
  labels.filter((label, k) => label !== truth[k]).length;

test('a fifth of ten labels is two, each of them another class', () => {
  const labels = [0, 1, 2, 0, 1, 2, 0, 1, 2, 0];
  const given = withLabelNoise(labels, 3, 0.2, 1);
  expect(given.filter((label, k) => label !== labels[k])).toHaveLength(2);
  expect(given.every((label) => [0, 1, 2].includes(label))).toBe(true);
  expect(withLabelNoise(labels, 3, 0.2, 1)).toEqual(given);
  expect(withLabelNoise(labels, 3, 0.2, 2)).not.toEqual(given);
});

test.each(names)('%s: as many points of each class, in the square that is drawn', (name) => {
  const { training, test } = planeData(name, 100, 0.2, 1);
  expect(training.inputs).toHaveLength(200);
  expect(training.truth.filter((label) => label === 1)).toHaveLength(50);
  expect(noisyOf(training)).toBe(20);
  expect(noisyOf(test)).toBe(0);
  expect(Math.max(...[...training.inputs, ...test.inputs].map(Math.abs))).toBeLessThan(EXTENT);
});

test.each(names)('%s: the seed changes the training points, not the test points', (name) => {
  const [one, again, two] = [1, 1, 2].map((seed) => planeData(name, 50, 0.1, seed));
  expect(again).toEqual(one);
  expect(two?.training.inputs).not.toEqual(one?.training.inputs);
  expect(two?.test).toEqual(one?.test);
});

test('circles: the inner one is class 0', () => {
  const { test } = planeData('circles', 10, 0, 1);
  const radii = test.truth.map((label, k) => {
    const [x, y] = test.inputs.subarray(2 * k, 2 * k + 2) as unknown as [number, number];
    return { label, radius: Math.hypot(x, y) };
  });
  const mean = (label: number) => {
    const own = radii.filter((point) => point.label === label);
    return own.reduce((sum, { radius }) => sum + radius, 0) / own.length;
  };
  // The radii .45 and 1.05, and noise of .12 on each coordinate: mean √(r² + .12²) at most, near that.
  expect(mean(0)).toBeCloseTo(Math.hypot(0.45, 0.12), 1);
  expect(mean(1)).toBeCloseTo(Math.hypot(1.05, 0.12), 1);
});

test('exclusive or: class 0 where the signs agree', () => {
  const { test } = planeData('xor', 10, 0, 1);
  const agree = test.truth.map(
    (_, k) => (test.inputs[2 * k] as number) * (test.inputs[2 * k + 1] as number) > 0,
  );
  const wrong = test.truth.filter((label, k) => agree[k] !== (label === 0));
  expect(wrong.length / test.truth.length).toBeLessThan(0.02); // the noise carries few across an axis
});

test('digits: images from 0 to 1, none of them in both sets', () => {
  const { training, test, dimension } = digitData(digits, 500, 0.2, 1);
  expect([training.truth.length, test.truth.length, dimension]).toEqual([500, 997, 64]);
  expect(Math.max(...training.inputs)).toBe(1);
  expect(noisyOf(training)).toBe(100);
  const images = ({ inputs, truth }: Examples) =>
    truth.map((_, k) => inputs.subarray(64 * k, 64 * (k + 1)).join());
  const trained = new Set(images(training));
  expect(images(test).filter((image) => trained.has(image))).toEqual([]);
});

test('digits: as many as there are, when more are wanted', () => {
  expect(digitData(digits, 800, 0, 1).training.truth).toHaveLength(800);
});

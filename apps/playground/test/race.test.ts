import * as tf from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { planeData } from '../src/data/plane.js';
import { initial, type Settings } from '../src/settings/table.js';
import { createRace } from '../src/training/race.js';

const off = { saspLambda: 0, cvpLambda: 0, sbmpLambda: 0, dmtaAlpha: 0 };
const small: Settings = { ...initial, ...off, width: 4, depth: 2, batch: 16, examples: 50 };
const data = planeData('moons', 50, 0.2, 1);

/** The parameters of both networks after some steps, and what they were before. */
function weightsAfter(steps: number, changed: Partial<Settings>) {
  const race = createRace(data, { ...small, ...changed });
  const read = () =>
    race.arms.map(({ network }) => network.params.flatMap((param) => [...param.dataSync()]));
  const before = read();
  race.advance(steps);
  const after = read();
  expect(race.steps).toBe(steps);
  race.dispose();
  return { before, after };
}

test('without penalties both networks are the same, bit for bit', () => {
  const { before, after } = weightsAfter(8, {});
  expect(before[1]).toEqual(before[0]);
  expect(after[1]).toEqual(after[0]);
  expect(after[0]).not.toEqual(before[0]);
});

test.each<[string, Partial<Settings>]>([
  ['SASP of the network', { saspLambda: 0.1 }],
  ['SASP of the network, at every step', { saspLambda: 0.1, saspEvery: 1 }],
  ['SASP of the network, absolute', { saspLambda: 0.1, saspScale: 'absolute' }],
  ['SASP of the head, Hessian', { saspLambda: 0.1, saspOf: 'head' }],
  ['SASP of the head, Fisher', { saspLambda: 0.1, saspOf: 'head', saspCurvature: 'fisher' }],
  ['CVP, decoupled', { cvpLambda: 0.1 }],
  ['CVP in the gradient', { cvpLambda: 0.1, cvpApplied: 'gradient' }],
  ['CVP, the other gate', { cvpLambda: 0.1, cvpGate: 'expansion' }],
  ['SBMP', { sbmpLambda: 1 }],
  ['DMTA', { dmtaAlpha: 5 }],
])(
  '%s trains another network, from the same weights, and the plain one is not touched',
  (_, changed) => {
    const { before, after } = weightsAfter(5, changed);
    expect(before[1]).toEqual(before[0]);
    expect(after[1]).not.toEqual(after[0]);
    expect(after[1]?.every(Number.isFinite)).toBe(true);
    expect(after[0]).toEqual(weightsAfter(5, {}).after[0]);
  },
);

test.each(['sgd', 'momentum', 'adam'] as const)('all penalties at once, under %s', (optimizer) => {
  const all = { saspLambda: 0.1, cvpLambda: 0.1, sbmpLambda: 1, dmtaAlpha: 2, optimizer };
  expect(weightsAfter(5, all).after[1]?.every(Number.isFinite)).toBe(true);
});

test('the seed decides the weights and the order of the batches', () => {
  expect(weightsAfter(5, { seed: 1 })).toEqual(weightsAfter(5, { seed: 1 }));
  expect(weightsAfter(5, { seed: 2 }).before).not.toEqual(weightsAfter(5, { seed: 1 }).before);
});

test('a run leaves no tensor behind', () => {
  const before = tf.memory().numTensors;
  weightsAfter(10, { saspLambda: 0.1, cvpLambda: 0.1, sbmpLambda: 1, dmtaAlpha: 2 });
  expect(tf.memory().numTensors).toBe(before);
});

test('a step leaves no tensor behind', () => {
  const race = createRace(data, { ...small, saspLambda: 0.1, cvpLambda: 0.1 });
  race.advance(1); // the optimizer makes its averages
  const before = tf.memory().numTensors;
  race.advance(5);
  expect(tf.memory().numTensors).toBe(before);
  race.dispose();
});

import * as tf from '@tensorflow/tfjs-core';
import { cvp, cvpPenalty } from '@toploss/cvp';
import { dmta, dmtaPenalty } from '@toploss/dmta';
import { nger } from '@toploss/nger';
import {
  sasp,
  saspCrossEntropy,
  saspNetwork,
  saspNetworkPenalty,
  saspPenalty,
  saspWeightsPenalty,
} from '@toploss/sasp';
import { sbmp, sbmpPenalty } from '@toploss/sbmp';
import { expect, test } from 'vitest';
import { documentedOptions, optionsOf } from '../src/tables.js';

const z = tf.zeros<tf.Rank.R2>([1, 2]);
const layers = [{ input: z, kernel: tf.zeros<tf.Rank.R2>([2, 2]) }];
const loss = () => tf.scalar(0);

/** Everything that has options, by package and table of its README. */
const functions: Record<string, ((options: never) => unknown)[][]> = {
  sasp: [
    [sasp, (o) => saspPenalty(z, z, z, o), (o) => saspCrossEntropy(z, z, z, o)],
    [saspNetwork, (o) => saspNetworkPenalty(z, layers, o)],
    [(o) => saspWeightsPenalty(z, () => z, z, [], o)],
  ],
  cvp: [[cvp, (o) => cvpPenalty([z], [z], o)]],
  sbmp: [[sbmp, (o) => sbmpPenalty(z, () => z, z, o)]],
  nger: [[nger]],
  dmta: [
    [
      dmta,
      (o: object) => dmta({ mode: 'cosine', loss, ...o } as never),
      (o) => dmtaPenalty(z, z, o),
    ],
  ],
};

for (const [name, tables] of Object.entries(functions)) {
  test(`the README of ${name} names every option that there is, and no other`, () => {
    const documented = documentedOptions(name).map((options) => options.sort());
    const taken = tables.map((table) => [...new Set(table.flatMap(optionsOf))].sort());
    expect(documented).toEqual(taken);
  });
}

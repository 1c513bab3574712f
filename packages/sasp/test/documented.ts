import * as tf from '@tensorflow/tfjs-core';
import {
  sasp,
  saspCrossEntropy,
  saspNetwork,
  saspNetworkPenalty,
  saspPenalty,
  saspWeightsPenalty,
} from '@toploss/sasp';
import { stackOf } from '@toploss/testing';
import { documented, made } from '@toploss/testing/recipes';
import { type HeadRecipe, headOptions, headRecipe } from './head.js';
import { networkOptions, networkRecipe, specification } from './network/calls.js';

// What the README says is meant where an option is left out.

const ofHead = { curvature: 'fisher', head: 'softmax', includeBias: true };

const headArgs = ({ logits, features, targets }: HeadRecipe) =>
  [made(logits), made(features), made(targets)] as [tf.Tensor2D, tf.Tensor2D, tf.Tensor2D];

export const defaults = [
  documented('saspPenalty', headRecipe, (of) => {
    const [z, h, y] = headArgs(of);
    const run = (options: object) => saspPenalty(z, h, y, options);
    return { defaults: ofHead, options: headOptions(of), run };
  }),
  documented('saspCrossEntropy', headRecipe, (of) => {
    const [z, h, y] = headArgs(of);
    const run = (options: object) => saspCrossEntropy(z, h, y, options);
    return { defaults: { ...ofHead, lambda: 1e-2 }, options: headOptions(of), run };
  }),
  documented('saspNetworkPenalty', networkRecipe(['moderate']), (of) => {
    const { logits, layers } = stackOf(specification(of))(made(of.x));
    const options = networkOptions(of);
    const isEstimate = options.probe === undefined && !options.exact;
    const defaults = {
      ...{ head: 'softmax', root: true, exact: false, fraction: isEstimate ? 0.25 : 1 },
      // Of the layers that have one.
      ...(!of.biases.includes(undefined) && { includeBias: true }),
    };
    const run = (options: object) => saspNetworkPenalty(logits, layers, options);
    return { defaults, options, run };
  }),
];

const z = tf.zeros<tf.Rank.R2>([1, 2]);
const layers = [{ input: z, kernel: tf.zeros<tf.Rank.R2>([2, 2]) }];

export const tables = [
  [
    sasp,
    (options: object) => saspPenalty(z, z, z, options),
    (options: object) => saspCrossEntropy(z, z, z, options),
  ],
  [saspNetwork, (options: object) => saspNetworkPenalty(z, layers, options)],
  [(options: object) => saspWeightsPenalty(z, () => z, z, [], options)],
];

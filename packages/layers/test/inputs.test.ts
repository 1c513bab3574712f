import * as tf from '@tensorflow/tfjs-core';
import { attach } from '@toploss/layers';
import { expectThrows } from '@toploss/testing';
import { expect, test } from 'vitest';
import { sequential } from './models.js';

const keys = [
  ...[
    'loss',
    'logits',
    'head',
    'includeBias',
    'features',
    'targets',
    'embeddings',
    'embeddingMask',
    'mask',
    'modelFn',
  ],
  ...['taskLosses', 'ntkProxies', 'layers'],
];

test.each(keys)('%s is read in the step, or it is an error that says so', (key) => {
  const model = sequential('softmax');
  model.compile({ optimizer: 'sgd', loss: 'categoricalCrossentropy' });
  let kept: Record<string, unknown> = {};
  const late = {
    name: 'late',
    penalty: (inputs: object) => {
      kept = inputs as typeof kept;
      return tf.scalar(0);
    },
  };
  const { detach } = attach(model, [late]);
  expectThrows(
    () => kept[key],
    new RegExp(
      `^layers: expected .${key}. to be read by a penalty, before the backward pass\\. Received: "a later time"`,
    ),
  );
  expect(Object.keys(kept.params as object)).toHaveLength(4);
  detach();
});

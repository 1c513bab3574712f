import type * as tf from '@tensorflow/tfjs-core';
import { trainStep } from '@toploss/core';
import { sbmp, sbmpPenalty } from '@toploss/sbmp';
import { expectTypeOf, test } from 'vitest';

declare const optimizer: tf.Optimizer;
declare const loss: tf.Scalar;
declare const logits: tf.Tensor2D;
declare const sequences: tf.Tensor3D;
declare const modelFn: (e: tf.Tensor3D) => tf.Tensor2D;

test('the model may ask for the rank of its embeddings', () => {
  expectTypeOf(sbmpPenalty(logits, modelFn, sequences)).toEqualTypeOf<tf.Scalar>();
  // @ts-expect-error a model of sequences and a matrix
  sbmpPenalty(logits, modelFn, logits);
});

test('a step reports it by name and asks for its inputs', () => {
  const step = trainStep({ optimizer, terms: [sbmp({ lambda: (step) => step / 10 })] });
  const losses = step(() => ({
    loss,
    logits,
    embeddings: sequences,
    modelFn: (_: tf.Tensor3D) => logits,
  }));
  expectTypeOf(losses.sbmp).toEqualTypeOf<tf.Scalar>();
  // @ts-expect-error no embeddings
  step(() => ({ loss, logits, modelFn: (_: tf.Tensor3D) => logits }));
});

test('one noise for all steps is an error', () => {
  // @ts-expect-error `noise` is an input
  sbmp({ noise: sequences });
});

import * as tf from '@tensorflow/tfjs-core';
import { expectClose } from '@toploss/testing';
import {
  type Batch,
  examplesOf,
  layered,
  type Model,
  onModels,
  type Subject,
} from '@toploss/testing/recipes';
import { describe, test } from 'vitest';
import { differentiated, subjects } from '../src/penalties.js';

const kinds = ({ ofLayers }: Subject) => (ofLayers ? layered : {});

/** Value and gradients, of two batches. */
function expectSameOf(subject: Subject, model: Model, one: Batch, other: Batch): void {
  const [a, b] = [one, other].map((batch) => differentiated(subject, model, batch));
  expectClose(b?.value as tf.Tensor, a?.value as tf.Tensor, 1e-5, 1e-7);
  for (const { name } of model.params) {
    expectClose(b?.grads[name] as tf.Tensor, a?.grads[name] as tf.Tensor, 2e-5, 1e-6);
  }
}

const indices = ({ specification }: Model) =>
  Array.from({ length: specification.examples }, (_, i) => i);

describe('the order of the examples is nothing', () => {
  for (const subject of subjects) {
    test(subject.name, () =>
      onModels(
        5,
        (model) => {
          const order = indices(model).reverse();
          // Not a mere reversal, where there are three of them or more.
          const last = order.pop() as number;
          expectSameOf(subject, model, model.batch, examplesOf(model.batch, [last, ...order]));
        },
        kinds(subject),
      ),
    );
  }
});

describe('each example twice is each example once', () => {
  for (const subject of subjects) {
    test(subject.name, () =>
      onModels(
        5,
        (model) => {
          const twice = indices(model).flatMap((i) => [i, i]);
          expectSameOf(subject, model, model.batch, examplesOf(model.batch, twice));
        },
        kinds(subject),
      ),
    );
  }
});

describe('the names of the classes are nothing', () => {
  for (const subject of subjects) {
    test(subject.name, () =>
      onModels(
        5,
        (model) => {
          const { batch, params, specification } = model;
          const before = differentiated(subject, model);
          const classes = Array.from({ length: specification.classes }, (_, c) => c);
          const order = tf.tensor1d([...classes.slice(1), 0], 'int32');
          const relabelled = <T extends tf.Tensor>(x: T): T => tf.gather(x, order, x.rank - 1);
          const head = params.slice(-2) as tf.Variable[];
          for (const variable of head) {
            variable.assign(relabelled(variable as tf.Tensor));
          }
          const shaking = model.shaking.map((v, k) => (k < params.length - 2 ? v : relabelled(v)));
          const after = differentiated(
            subject,
            { ...model, shaking },
            { ...batch, labels: relabelled(batch.labels), probe: relabelled(batch.probe) },
          );
          expectClose(after.value, before.value, 1e-5, 1e-7);
          for (const variable of params) {
            const grad = before.grads[variable.name] as tf.Tensor;
            const expected = head.includes(variable) ? relabelled(grad) : grad;
            expectClose(after.grads[variable.name] as tf.Tensor, expected, 2e-5, 1e-6);
          }
        },
        kinds(subject),
      ),
    );
  }
});

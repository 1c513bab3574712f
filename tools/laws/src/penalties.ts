import { gradientsOf } from '@toploss/core/kit';
import { crossEntropy, type Model, run, type Subject } from '@toploss/testing/recipes';
import { recipes } from './recipes.js';

const lossOnly: Subject = {
  name: 'cross-entropy',
  value: (model, batch) => crossEntropy(run(model, batch).logits, batch.labels),
  isShiftable: true,
};

/** Each a mean over the examples: of a batch it is the mean of its halves. */
export const means: readonly Subject[] = [lossOnly, ...recipes.flatMap(({ means = [] }) => means)];

/** Means, and what is none. */
export const subjects: readonly Subject[] = [
  ...means,
  ...recipes.flatMap(({ subjects = [] }) => subjects),
];

/** The one of that name. */
export function subjectOf(name: string): Subject {
  const found = subjects.find((subject) => subject.name === name);
  if (found === undefined) {
    throw new Error(`laws: no recipe has the subject ${name}.`);
  }
  return found;
}

/** The value, and the gradients by all parameters of the model. */
export const differentiated = (subject: Subject, model: Model, batch = model.batch) =>
  gradientsOf('laws', () => subject.value(model, batch), model.params);

/** The base loss of the model, and its gradients. */
export const lossOf =
  (model: Model, batch = model.batch) =>
  () =>
    lossOnly.value(model, batch);
export const gradientsOfLoss = (model: Model, batch = model.batch) =>
  gradientsOf('laws', lossOf(model, batch), model.params).grads;

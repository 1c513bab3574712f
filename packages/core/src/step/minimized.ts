import * as tf from '@tensorflow/tfjs-core';
import { Checks, isTensorOf } from '../kit/check.js';
import { onTape } from '../kit/on-tape.js';
import { check } from './check.js';
import type { Gradients } from './gradients.js';

/** The gradient of one variable, as `applyGradients` takes it. */
export interface NamedGradient {
  name: string;
  tensor: tf.Tensor;
}

/** An optimizer, or an object with its `applyGradients`; `computeGradients` is optional. */
export type Minimizer = Pick<tf.Optimizer, 'applyGradients'> &
  Partial<Pick<tf.Optimizer, 'computeGradients'>>;

/**
 * Throws if the optimizer overrides `minimize`. A step calls `computeGradients` and `applyGradients`, but never
 * `minimize`, and would silently skip the override.
 */
export function checkMinimize(where: string, optimizer: object | undefined): void {
  const holders: object[] = [];
  for (let o: object | null = optimizer ?? null; o !== null; o = Object.getPrototypeOf(o)) {
    if (Object.hasOwn(o, 'minimize')) {
      holders.push(o);
    }
  }
  const [holder] = holders;
  // In every copy of tfjs, the base class of all optimizers has both methods.
  const isOfTfjs = holders.length === 1 && Object.hasOwn(holder as object, 'incrementIterations');
  if (holder !== undefined && !isOfTfjs) {
    const expected =
      'to have the `minimize` of tf.Optimizer, which is `computeGradients` and `applyGradients`: do there what yours does in `minimize`';
    new Checks(where).reject('optimizer', expected, 'an optimizer with a `minimize` of its own');
  }
}

/**
 * The loss and the gradients of the step that `optimizer.minimize(loss, true, params)` would take. Frozen variables, and
 * variables that the loss does not reach, have no gradient. Call it in a tidy, which disposes of all tensors after an
 * error.
 */
export function minimizedGradients(
  optimizer: Minimizer,
  loss: () => tf.Scalar,
  params: readonly tf.Variable[] | undefined,
) {
  const variables = params?.slice();
  const computed = onTape(loss, (f) => {
    try {
      return typeof optimizer.computeGradients === 'function'
        ? optimizer.computeGradients(f, variables)
        : tf.variableGrads(f, variables);
    } catch (error) {
      if (isAboutUntrained(error)) {
        rejectUntrained(params);
      }
      throw error;
    }
  });
  return checked(computed, params);
}

/** Checks the gradients, which a custom optimizer may have computed, and drops variables without one. */
function checked(
  computed: { value: tf.Scalar; grads: tf.NamedTensorMap },
  params: readonly tf.Variable[] | undefined,
): { value: tf.Scalar; gradients: Gradients } {
  check.object('optimizer.computeGradients()', computed);
  const { value, grads } = computed;
  check.tensor('optimizer.computeGradients().value', value, []);
  check.object('optimizer.computeGradients().grads', grads);
  const { registeredVariables } = tf.engine();
  const variables: tf.Variable[] = [];
  const tensors: tf.Tensor[] = [];
  for (const variable of params ?? Object.values(registeredVariables)) {
    const { name, shape, trainable } = variable;
    const gradient = grads[name];
    if (trainable && isTensorOf(gradient, shape)) {
      variables.push(variable);
      tensors.push(gradient);
    } else if (gradient != null && Object.hasOwn(grads, name)) {
      check.tensor(`grads.${name}`, gradient, shape);
    }
  }
  const names = Object.keys(grads);
  if (names.length > variables.length) {
    const foreign = names.find((name) => grads[name] != null && !registeredVariables[name]);
    if (foreign !== undefined) {
      check.reject('optimizer.computeGradients().grads', 'to have the names of variables', foreign);
    }
  }
  if (variables.length === 0) {
    rejectUntrained(params);
  }
  return { value, gradients: { variables, tensors } };
}

/** Whether `tf.variableGrads` threw because no variable has a gradient. */
const isAboutUntrained = (error: unknown): boolean =>
  error instanceof Error &&
  /^(Cannot find a connection between|variableGrads\(\) expects at least one)/.test(error.message);

function rejectUntrained(params: readonly tf.Variable[] | undefined): never {
  if (params === undefined) {
    check.reject(
      'loss',
      'to be computed in `forward` from a trainable variable',
      'a loss that depends on none',
    );
  }
  const states = params.map(
    ({ name, trainable }) => `${name} is ${trainable ? 'not reached by the loss' : 'frozen'}`,
  );
  check.reject(
    'params',
    'to hold a trainable variable from which `forward` computes the loss',
    states.length === 0 ? params : states.join(', '),
  );
}

import * as tf from '@tensorflow/tfjs-core';
import { assertGradients } from '../assert-gradients.js';
import { Checks, isTensorOf } from '../kit/check.js';
import { holdBack } from '../kit/hold-back.js';
import { forgetTape } from '../kit/tape.js';
import type { Gradients } from './gradients.js';

/** The total loss that was differentiated, and its gradients. */
export interface MinimizedLoss {
  readonly value: tf.Scalar;
  readonly gradients: Gradients;
}

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
  check: Checks,
  optimizer: Minimizer,
  loss: () => tf.Scalar,
  params: readonly tf.Variable[] | undefined,
): MinimizedLoss {
  if (params?.every(({ trainable }) => !trainable)) {
    rejectUntrained(check, params);
  }
  assertGradients();
  const { f, rethrow } = holdBack(loss);
  try {
    const variables = params?.slice();
    const computed =
      typeof optimizer.computeGradients === 'function'
        ? optimizer.computeGradients(f, variables)
        : tf.variableGrads(f, variables);
    rethrow();
    return checked(check, computed, params);
  } catch (error) {
    forgetTape();
    // If the loss threw, tfjs fails on the constant that replaces the loss: throw the error of the loss instead.
    rethrow();
    if (isAboutUntrained(error)) {
      rejectUntrained(check, params);
    }
    throw error;
  }
}

/** Checks the gradients, which a custom optimizer may have computed, and drops variables without one. */
function checked(
  check: Checks,
  computed: { value: tf.Scalar; grads: tf.NamedTensorMap },
  params: readonly tf.Variable[] | undefined,
): MinimizedLoss {
  check.object('optimizer.computeGradients()', computed);
  const { value, grads } = computed;
  check.tensor('optimizer.computeGradients().value', value, []);
  check.object('optimizer.computeGradients().grads', grads);
  const { registeredVariables } = tf.engine();
  const variables: tf.Variable[] = [];
  const tensors: tf.Tensor[] = [];
  for (const variable of params ?? Object.values(registeredVariables)) {
    const { name, shape } = variable;
    const gradient = grads[name];
    if (isTensorOf(gradient, shape)) {
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
    rejectUntrained(check, params);
  }
  return { value, gradients: { variables, tensors } };
}

/** Whether `tf.variableGrads` threw because no variable has a gradient. */
const isAboutUntrained = (error: unknown): boolean =>
  error instanceof Error &&
  /^(Cannot find a connection between|variableGrads\(\) expects at least one)/.test(error.message);

function rejectUntrained(check: Checks, params: readonly tf.Variable[] | undefined): never {
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

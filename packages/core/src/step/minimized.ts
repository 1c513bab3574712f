import * as tf from '@tensorflow/tfjs-core';
import { assertGradients } from '../assert-gradients.js';
import { Checks } from '../kit/check.js';
import type { ValueAndGradients } from '../kit/gradients-of.js';
import { forgetTape, holdBack } from '../kit/hold-back.js';

/** What an optimizer is given for each of its variables. */
export interface NamedGradient {
  name: string;
  tensor: tf.Tensor;
}

/** An optimizer, or anything that takes gradients as one does; it may compute them too. */
export type Minimizer = Pick<tf.Optimizer, 'applyGradients'> &
  Partial<Pick<tf.Optimizer, 'computeGradients'>>;

/**
 * A step calls `computeGradients` and `applyGradients` of the optimizer, overridden or not. It never calls `minimize`,
 * so it must not ignore one that does more.
 */
export function checkMinimize(where: string, optimizer: object | undefined): void {
  const holders: object[] = [];
  for (let o: object | null = optimizer ?? null; o !== null; o = Object.getPrototypeOf(o)) {
    if (Object.hasOwn(o, 'minimize')) {
      holders.push(o);
    }
  }
  const [holder] = holders;
  // In every copy of tfjs the class that all optimizers extend has both.
  const isOfTfjs = holders.length === 1 && Object.hasOwn(holder as object, 'incrementIterations');
  if (holder !== undefined && !isOfTfjs) {
    const expected =
      'to have the `minimize` of tf.Optimizer, which is `computeGradients` and `applyGradients`: do there what yours does in `minimize`';
    new Checks(where).reject('optimizer', expected, 'an optimizer with a `minimize` of its own');
  }
}

/**
 * The loss and the gradients with which `optimizer.minimize(loss, true, params)` would take its step. Variables
 * that are frozen, and variables that the loss does not reach, have no gradient. In a tidy it leaves nothing
 * behind when it throws.
 */
export function minimizedGradients(
  check: Checks,
  optimizer: Minimizer,
  loss: () => tf.Scalar,
  params: readonly tf.Variable[] | undefined,
): ValueAndGradients {
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
    // The constant in place of a loss that threw makes tfjs throw an error of its own.
    rethrow();
    if (isAboutUntrained(error)) {
      rejectUntrained(check, params);
    }
    throw error;
  }
}

/** The gradients that there are; an optimizer of the caller's may have computed them. */
function checked(
  check: Checks,
  computed: ValueAndGradients,
  params: readonly tf.Variable[] | undefined,
): ValueAndGradients {
  check.object('optimizer.computeGradients()', computed);
  const { value, grads } = computed;
  check.tensor('optimizer.computeGradients().value', value, []);
  check.object('optimizer.computeGradients().grads', grads);
  const { registeredVariables } = tf.engine();
  const reached = Object.entries(grads).filter(([, gradient]) => gradient != null);
  for (const [name, gradient] of reached) {
    const variable = registeredVariables[name];
    if (variable === undefined) {
      check.reject('optimizer.computeGradients().grads', 'to be those of variables', name);
    }
    check.tensor(`grads.${name}`, gradient, variable.shape);
  }
  if (reached.length === 0) {
    rejectUntrained(check, params);
  }
  return { value, grads: Object.fromEntries(reached) };
}

/** What `tf.variableGrads` says where there is no gradient at all. */
const isAboutUntrained = (error: unknown): boolean =>
  error instanceof Error &&
  /^(Cannot find a connection between|variableGrads\(\) expects at least one)/.test(error.message);

function rejectUntrained(check: Checks, params: readonly tf.Variable[] | undefined): never {
  if (params === undefined) {
    check.reject(
      'loss',
      'to be computed in `forward` from a trainable variable',
      'a loss that reaches none',
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

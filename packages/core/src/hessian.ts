import * as tf from '@tensorflow/tfjs-core';
import { Checks, callback, integer, number, oneOf, type Rule } from './kit/check.js';
import { addScaled, scaled } from './kit/elementwise.js';
import { checkVariables, gradientsOf } from './kit/gradients-of.js';
import { hostView } from './kit/loop.js';
import { withCleanPadding } from './kit/padding.js';
import { rademacher } from './kit/random.js';
import { addAll, dot, norm } from './kit/sum.js';

export interface DifferenceOptions {
  /**
   * Length of the step along v, as a fraction of max(‖θ‖, 1); default 1e-3. A longer step crosses kinks of ReLU, a
   * shorter step is lost to float32 rounding.
   */
  step?: number;
  /** `'central'` (default): two gradients, error O(ε²). `'forward'`: g(θ) and one more gradient, error O(ε). */
  difference?: 'central' | 'forward';
}

export const differenceRules = {
  step: number('a finite number > 0', (x) => x > 0 && Number.isFinite(x)),
  difference: oneOf('central', 'forward'),
};

export interface ProductOptions extends DifferenceOptions {
  /** ∇L(θ) by parameter name, if you have it. A forward difference then computes only one gradient. */
  gradient?: tf.NamedTensorMap;
}

const tensors: Rule = {
  expected: 'to be tensors by name',
  allows: (value) => typeof value === 'object' && value !== null,
};

/**
 * The product of the Hessian of a loss with a vector, by a difference of gradients.
 *
 *     H v ≈ (∇L(θ + εv) − ∇L(θ − εv)) / 2ε,   ε = step · max(‖θ‖, 1) / ‖v‖
 *
 * tfjs cannot differentiate twice: operations that save their output (tanh, sigmoid, softmax, elu, …) silently give wrong
 * second derivatives (tfjs#3252). First derivatives are correct, so differences work for every model, to about three
 * digits in float32.
 *
 * @param loss L, a deterministic function of the variables. If it draws noise, draw the same noise in every call.
 * @param params θ. Their values change during the call and are restored after it, even if `loss` throws.
 * @param v The vector, by parameter name, with the shapes of the parameters.
 * @returns H v by parameter name; the caller owns the tensors.
 */
export function hessianVectorProduct(
  loss: () => tf.Tensor,
  params: tf.Variable[],
  v: tf.NamedTensorMap,
  options: ProductOptions = {},
): tf.NamedTensorMap {
  const check: Checks = new Checks('core.hessianVectorProduct');
  check.options(options, { ...differenceRules, gradient: tensors });
  check.argument('loss', loss, callback);
  checkVariables(check.where, params);
  const named = Object.fromEntries(params.map((variable) => [variable.name, variable]));
  check.tensors('v', v, named);
  const { step = 1e-3, difference = 'central', gradient } = options;
  if (gradient !== undefined && difference === 'central') {
    const expected = 'to be left out: a central difference does not use the gradient at θ';
    check.reject('gradient', expected, gradient);
  }
  if (gradient !== undefined) {
    check.tensors('gradient', gradient, named);
  }

  return moving(params, (theta) => {
    const direction = params.map(({ name }) => withCleanPadding(v[name]!));
    const epsilon = tf.div<tf.Scalar>(
      tf.mul(step, tf.maximum(norm(theta), 1)),
      tf.maximum(norm(direction), 1e-30),
    );
    checkEpsilon(check, epsilon);
    const gradients = (signedEpsilon: tf.Scalar) => {
      for (const [k, variable] of params.entries()) {
        const [origin, along] = [theta[k]!, direction[k]!];
        variable.assign(addScaled(origin, signedEpsilon, along));
      }
      return gradientsOf(check.where, loss, params).grads;
    };
    const ahead = gradients(epsilon);
    const behind =
      difference === 'central' ? gradients(tf.neg(epsilon)) : (gradient ?? gradients(tf.scalar(0)));
    const inverse = tf.div<tf.Scalar>(difference === 'central' ? 0.5 : 1, epsilon);
    return Object.fromEntries(
      params.map(({ name }) => [name, scaled(inverse, tf.sub(ahead[name]!, behind[name]!))]),
    );
  });
}

/** Outside this range of ε, 1/ε or ε·v leaves the range of float32, and the difference would be 0·∞. */
function checkEpsilon(check: Checks, epsilon: tf.Scalar): void {
  const length = hostView(epsilon)?.[0];
  if (length !== undefined && !(length > 1e-35 && length < 1e35)) {
    check.reject('step', 'to be such that step · max(‖θ‖, 1) / ‖v‖ lies in 1e-35 … 1e35', length);
  }
}

/** Runs f in a tidy with the values θ, then restores the parameters bit for bit, even if f throws. */
function moving<T extends tf.TensorContainer>(
  params: readonly tf.Variable[],
  f: (theta: readonly tf.Tensor[]) => T,
): T {
  const theta = params.map((variable) => tf.clone(variable));
  try {
    return tf.tidy(() => f(theta));
  } finally {
    for (const [k, variable] of params.entries()) {
      variable.assign(theta[k]!);
    }
    tf.dispose(theta);
  }
}

export interface TraceOptions extends DifferenceOptions {
  /** Number of random vectors; default 10. */
  probes?: number;
  /** Seed of the random vectors; default 0. The same seed gives the same estimate. */
  seed?: number;
}

const traceRules = { ...differenceRules, probes: integer(1), seed: integer(0) };

/**
 * The trace of the Hessian of a loss, by Hutchinson's estimator over Hessian-vector products.
 *
 *     tr H ≈ mean_k ⟨vₖ, H vₖ⟩,   vₖ ∈ {−1, +1}ⁿ
 *
 * The estimate is unbiased, but for the error of the differences. Its variance is 2 Σ_{i≠j} H_ij² / probes.
 *
 * @param loss L, a deterministic function of the variables.
 * @param params θ, unchanged after the call.
 * @returns The estimate, a scalar that the caller owns. The call does not wait for the device.
 * @see M. F. Hutchinson, A stochastic estimator of the trace of the influence matrix, 1989.
 */
export function hessianTrace(
  loss: () => tf.Tensor,
  params: tf.Variable[],
  options: TraceOptions = {},
): tf.Scalar {
  const check: Checks = new Checks('core.hessianTrace');
  check.options(options, traceRules);
  check.argument('loss', loss, callback);
  checkVariables(check.where, params);
  const { probes = 10, seed = 0, ...differenceOptions } = options;
  return tf.tidy(() => {
    const quadraticForms = Array.from({ length: probes }, (_, probe) =>
      tf.tidy(() => {
        const v = Object.fromEntries(
          params.map(({ name, shape }, k) => [name, rademacher(shape, `${seed}/${probe}/${k}`)]),
        );
        const product = hessianVectorProduct(loss, params, v, differenceOptions);
        return addAll(params.map(({ name }) => dot(v[name]!, product[name]!)));
      }),
    );
    return tf.div(addAll(quadraticForms), probes);
  });
}

import * as tf from '@tensorflow/tfjs-core';
import {
  Checks,
  type Composition,
  type Penalty,
  type PenaltyInputs,
  type Regularizer,
} from '@toploss/core/kit';

export const check: Checks = new Checks('composite');

/** λ·Φ of each part, by its name. */
export type Components<Terms extends readonly { readonly name: string }[]> = {
  readonly [Name in Terms[number]['name']]: tf.Scalar;
};

export interface Composite<Terms extends readonly Penalty<never>[], Name extends string = string>
  extends Regularizer<PenaltyInputs<Terms>>,
    Composition<Terms> {
  readonly name: Name;
  /** λ·Φ of each part, by its name; the caller owns them. */
  components(inputs: PenaltyInputs<Terms>, step?: number): Components<Terms>;
}

/**
 * A composite term: the sum of several regularizers.
 *
 *     Φ = Σ λₖ Φₖ
 *
 * It reads the inputs of all its parts. A composite is a regularizer itself, so composites nest. `trainStep` unpacks it:
 * there a correction corrects the gradients, where `penalty` adds it to the loss.
 *
 * @param terms With different names.
 * @param name The composite's own name; default 'composite'.
 *
 * @example
 * const regularizer = composite([sasp(), cvp()]);
 * const loss = tf.add(base, regularizer.penalty({ logits, features, targets, params, grads }));
 */
export function composite<
  const Terms extends readonly Penalty<never>[],
  Name extends string = 'composite',
>(terms: Terms, name = 'composite' as Name): Composite<Terms, NoInfer<Name>> {
  const parts = checkParts(terms);
  const components = (inputs: PenaltyInputs<Terms>, step?: number) =>
    tf.tidy(() =>
      Object.fromEntries(
        parts.map((part) => {
          const value = part.penalty(inputs, step);
          // Anything but a scalar would spoil the sum without an error.
          new Checks(part.name).tensor('penalty', value, []);
          return [part.name, value as tf.Scalar];
        }),
      ),
    );
  return {
    name,
    terms: parts as unknown as Terms,
    components: components as Composite<Terms>['components'],
    penalty: (inputs, step) => tf.tidy(() => total(components(inputs, step), tf.scalar(0))),
  };
}

/** L + Σ λΦ, added in the order of the parts. */
export const total = (values: Readonly<Record<string, tf.Scalar>>, base: tf.Scalar): tf.Scalar =>
  Object.values(values).reduce((sum, value) => tf.add(sum, value), base);

function checkParts(terms: unknown): Penalty<unknown>[] {
  if (!Array.isArray(terms)) {
    check.reject('terms', 'to be an array of regularizers', terms);
  }
  const names = new Set<string>();
  for (const [k, term] of terms.entries()) {
    if (typeof term?.name !== 'string' || typeof term.penalty !== 'function') {
      check.reject(`terms[${k}]`, 'to be a regularizer', term);
    }
    if (names.has(term.name)) {
      check.reject('terms', 'to have different names', term.name);
    }
    names.add(term.name);
  }
  return terms.slice();
}

import * as tf from '@tensorflow/tfjs-core';
import {
  type Composition,
  checkTensor,
  type Penalty,
  type PenaltyInputs,
  type Regularizer,
  reject,
} from '@toploss/core/kit';

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
 * Several regularizers as one.
 *
 *     Φ = Σ λₖ Φₖ
 *
 * It asks for what its parts ask for, is a regularizer itself, so that composites nest, and in `trainStep`
 * each part takes its own place: a correction corrects there, where here it is added to the loss.
 *
 * @param terms With different names.
 * @param name Its own; default 'composite'.
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
        parts.map((part) => [part.name, checked(part, part.penalty(inputs, step))]),
      ),
    );
  return {
    name,
    terms: parts as unknown as Terms,
    components: components as Composite<Terms>['components'],
    penalty: (inputs, step) =>
      tf.tidy(() =>
        Object.values(components(inputs, step)).reduce((a, b) => tf.add(a, b), tf.scalar(0)),
      ),
  };
}

/** What a part returned: anything but a scalar would spoil the sum without a word. */
function checked({ name }: { name: string }, penalty: tf.Tensor): tf.Scalar {
  checkTensor(name, 'penalty', penalty, []);
  return penalty as tf.Scalar;
}

function checkParts(terms: unknown): Penalty<unknown>[] {
  if (!Array.isArray(terms)) {
    reject('composite', 'terms', 'to be an array of regularizers', terms);
  }
  const names = new Set<string>();
  for (const [k, term] of terms.entries()) {
    if (typeof term?.name !== 'string' || typeof term.penalty !== 'function') {
      reject('composite', `terms[${k}]`, 'to be a regularizer', term);
    }
    if (names.has(term.name)) {
      reject('composite', 'terms', 'to have different names', term.name);
    }
    names.add(term.name);
  }
  return terms.slice();
}

import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, test } from 'vitest';
import { expectFinite, expectSame } from '../close.js';
import { expectNoLeak, expectThrows } from '../leaks.js';
import { refused, snapshot } from './inputs.js';

/** A correction, as @toploss/core defines it. */
export interface CorrectionTerm {
  readonly name: string;
  correct(grads: tf.NamedTensorMap, params: tf.NamedTensorMap, step?: number): tf.NamedTensorMap;
}

export interface CorrectionSubject {
  name: string;
  /** The term with that λ, ready to correct, and what it was made with; the caller disposes of both. */
  make(lambda: number): { term: CorrectionTerm; dispose?(): void };
  params(): tf.NamedTensorMap;
  grads(): tf.NamedTensorMap;
  /** Or only corrects by what it remembers. */
  readsParams: boolean;
}

/** What everybody may rely on in a correction of the gradients, whichever it is. */
export function correctionContract({
  name,
  make,
  params,
  grads,
  readsParams,
}: CorrectionSubject): void {
  const using = (lambda: number, use: (term: CorrectionTerm) => void) => {
    const { term, dispose } = make(lambda);
    use(term);
    dispose?.();
  };

  describe(`${name} is a correction`, () => {
    test('one new tensor for each gradient, of its shape, and something is corrected', () => {
      using(0.5, (term) => {
        const [g, theta] = [grads(), params()];
        const corrected = term.correct(g, theta);
        expect(Object.keys(corrected)).toEqual(Object.keys(g));
        let moved = 0;
        for (const [key, x] of Object.entries(corrected)) {
          expect(x.shape).toEqual(g[key]?.shape);
          expect(x).not.toBe(g[key]);
          expectFinite(x);
          moved += tf.sum(tf.abs(tf.sub(x, g[key] as tf.Tensor))).dataSync()[0] as number;
        }
        expect(moved).toBeGreaterThan(1e-6);
      });
    });

    test('at λ = 0 the same bits', () => {
      using(0, (term) => {
        const [g, theta] = [grads(), params()];
        const corrected = term.correct(g, theta);
        for (const [key, x] of Object.entries(corrected)) {
          expectSame(x, g[key] as tf.Tensor);
        }
      });
    });

    test('that leaves its arguments alone, and leaks nothing', () => {
      using(0.5, (term) => {
        const given = { grads: grads(), params: params() };
        const before = snapshot(given);
        expectNoLeak(() => term.correct(given.grads, given.params));
        expect(snapshot(given)).toEqual(before);
      });
    });

    test('that refuses gradients that do not fit the parameters', () => {
      using(0.5, (term) => {
        const [g, theta] = [grads(), params()];
        const key = Object.keys(g)[0] as string;
        const wrong = { ...g, [key]: tf.ones([7, 7, 7]) };
        const { [key]: _, ...missing } = theta;
        expectThrows(() => term.correct(wrong, theta), refused(name));
        expectThrows(() => term.correct(undefined as never, theta), refused(name));
        if (readsParams) {
          expectThrows(() => term.correct(g, missing), refused(name));
        }
      });
    });
  });
}

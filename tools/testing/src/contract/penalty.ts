import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, test } from 'vitest';
import { expectClose, expectFinite, expectSame } from '../close.js';
import { expectNoLeak, expectThrows } from '../leaks.js';
import { numericalGradient } from '../numerical-gradient.js';
import { refused, snapshot } from './inputs.js';

/** A regularizer, as @toploss/core defines it; that one's tests are written with this package. */
export interface PenaltyTerm<Inputs> {
  readonly name: string;
  penalty(inputs: Inputs, step?: number): tf.Scalar;
}

export interface PenaltySubject<Inputs extends object> {
  name: string;
  /** What its errors begin with; default its name. */
  where?: string;
  /** The term with that λ; everything else such that the same inputs give the same value. */
  make(lambda: number | ((step: number) => number)): PenaltyTerm<Inputs>;
  /** The term with these options and no others. */
  configure(options: object): unknown;
  inputs(): Inputs;
  /** What the gradient flows into: tensors among the inputs, or among those of one of them. */
  by(inputs: Inputs): tf.Tensor[];
  /** The inputs with others instead of those tensors. */
  at(inputs: Inputs, moved: tf.Tensor[]): Inputs;
  /**
   * Φ at `moved` with everything that the gradient stops at held as at `origin`, where differences of the term
   * itself would see it move.
   */
  held?(moved: Inputs, origin: Inputs): tf.Scalar;
  /** Inputs that may be left out. */
  optional?: readonly (keyof Inputs)[];
  /** Of the gradient against differences; default 5e-3. */
  tolerance?: number;
}

/** What everybody may rely on in a penalty, whichever it is. */
export function penaltyContract<Inputs extends object>(subject: PenaltySubject<Inputs>): void {
  const { name, where = name, make, inputs, by, at } = subject;

  /** λΦ, and its gradients by what it is differentiated by. */
  const differentiated = (term: PenaltyTerm<Inputs>, given: Inputs, step = 0) => {
    const f = (...moved: tf.Tensor[]) => term.penalty(at(given, moved), step) as tf.Tensor;
    return tf.valueAndGrads(f)(by(given));
  };

  describe(`${name} is a penalty`, () => {
    test('of its name, which no part of a step has', () => {
      expect(make(1).name).toBe(name);
      expect(['total', 'base', 'loss', '']).not.toContain(name);
    });

    test('a finite float32 scalar, with finite gradients of the shape of its inputs', () => {
      const given = inputs();
      const { value, grads } = differentiated(make(1), given);
      expect([value.shape, value.dtype]).toEqual([[], 'float32']);
      expect(grads.map(({ shape }) => shape)).toEqual(by(given).map(({ shape }) => shape));
      expectFinite(value, ...grads);
    });

    test('that is not 0 here, nor are all its gradients', () => {
      const { value, grads } = differentiated(make(1), inputs());
      const largest = tf.max(tf.stack(grads.map((grad) => tf.max(tf.abs(grad)))));
      for (const x of [value, largest]) {
        expect(Math.abs(x.dataSync()[0] as number)).toBeGreaterThan(1e-8);
      }
    });

    test('whose gradients are those of differences', () => {
      const origin = inputs();
      const { grads } = differentiated(make(1), origin);
      const phi = subject.held ?? ((moved: Inputs) => make(1).penalty(moved));
      for (const [k, grad] of grads.entries()) {
        const along = (x: tf.Tensor) => {
          const moved = by(origin).map((other, i) => (i === k ? x : other));
          return phi(at(origin, moved), origin);
        };
        const expected = numericalGradient(along, by(origin)[k] as tf.Tensor);
        expectClose(grad, expected, subject.tolerance ?? 5e-3, 1e-5);
      }
    });

    test('linear in λ', () => {
      const [one, three] = [1, 3].map((lambda) => differentiated(make(lambda), inputs()));
      expectClose(three?.value as tf.Tensor, tf.mul(3, one?.value as tf.Tensor), 1e-5);
      for (const [k, grad] of (three?.grads ?? []).entries()) {
        expectClose(grad, tf.mul(3, one?.grads[k] as tf.Tensor), 1e-5, 1e-9);
      }
    });

    test('at λ = 0 exactly 0, and so are its gradients', () => {
      const { value, grads } = differentiated(make(0), inputs());
      expectSame(value, [0]);
      for (const grad of grads) {
        expectSame(grad, tf.zerosLike(grad));
      }
    });

    test('with λ by a schedule, read at the step', () => {
      const given = inputs();
      const [zero, seven] = [0, 7].map(
        (step) =>
          differentiated(
            make((at) => (at === 7 ? 2 : 0)),
            given,
            step,
          ).value,
      );
      expectSame(zero as tf.Tensor, [0]);
      expectClose(seven as tf.Tensor, differentiated(make(2), given, 7).value, 1e-6);
    });

    test('pure: the same twice, and its inputs as they were', () => {
      const [term, given] = [make(1), inputs()];
      const before = snapshot(given);
      const [first, second] = [1, 2].map(() => differentiated(term, given));
      expectSame(second?.value as tf.Tensor, first?.value as tf.Tensor);
      expect(snapshot(given)).toEqual(before);
    });

    test('that leaks nothing', () => {
      const [term, given] = [make(1), inputs()];
      expectNoLeak(() => term.penalty(given));
      expectNoLeak(() => differentiated(term, given));
    });

    test('that does without no input, and names the one that is missing', () => {
      const [term, given] = [make(1), inputs()];
      for (const key of Object.keys(given) as (keyof Inputs & string)[]) {
        const call = () => term.penalty({ ...given, [key]: undefined });
        if (subject.optional?.includes(key)) {
          expectNoLeak(call);
        } else {
          expectThrows(call, refused(where, key));
        }
      }
      for (const nothing of [undefined, null]) {
        expectThrows(() => term.penalty(nothing as unknown as Inputs), refused(where));
      }
    });

    test.each(['int32', 'bool'] as const)('that takes %s for numbers, or refuses it', (dtype) => {
      const [term, given] = [make(1), inputs()];
      for (const k of by(given).keys()) {
        const phi = (cast: (x: tf.Tensor) => tf.Tensor) => {
          const moved = by(given).map((x, i) => (i === k ? cast(x) : x));
          return term.penalty(at(given, moved));
        };
        let value: tf.Scalar;
        try {
          value = phi((x) => tf.cast(x, dtype));
        } catch (error) {
          expect((error as Error).message).toMatch(/^\S+: expected `.*` .* Received: .*\.$/);
          continue;
        }
        expectClose(
          value,
          phi((x) => tf.cast(tf.cast(x, dtype), 'float32')),
          1e-5,
        );
      }
    });

    test('that refuses options that it does not know or allow', () => {
      const bad = [{ lambda: -1 }, { lambda: Number.NaN }, { lambda: '1' }, { lamda: 1 }, null];
      for (const options of bad) {
        expectThrows(() => subject.configure(options as object), refused(where));
      }
      const [term, given] = [make(() => -1), inputs()];
      expectThrows(() => term.penalty(given), refused(where, 'lambda'));
    });
  });
}

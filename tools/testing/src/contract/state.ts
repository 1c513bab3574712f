import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, test } from 'vitest';
import { expectNoLeak, expectThrows } from '../leaks.js';
import { refused } from './inputs.js';

/** What remembers something, as @toploss/core defines it. */
export interface StatefulTerm<Step> {
  observe(step: Step): void;
  getState(): unknown;
  setState(state: unknown): void;
  dispose(): void;
}

export interface StateSubject<Term extends StatefulTerm<Step>, Step> {
  name: string;
  make(): Term;
  /** What is observed at step k; made in a tidy. */
  step(k: number): Step;
  /** What the term answers at step k, in numbers. */
  answer(term: Term, k: number): readonly number[];
}

/** What everybody may rely on in a state, whosever it is. */
export function stateContract<Term extends StatefulTerm<Step>, Step>({
  name,
  make,
  step,
  answer,
}: StateSubject<Term, Step>): void {
  const observed = (steps: number) => {
    const term = make();
    for (let k = 0; k < steps; k++) {
      tf.tidy(() => term.observe(step(k)));
    }
    return term;
  };

  const answerAt = (term: Term, k: number) => tf.tidy(() => [...answer(term, k)]);

  describe(`${name} has a state`, () => {
    test.each([0, 1, 5])('saved after %i steps, restored and continued: the same bits', (stop) => {
      const whole = observed(stop);
      const resumed = make();
      resumed.setState(JSON.parse(JSON.stringify(whole.getState())));
      for (let k = stop; k < stop + 5; k++) {
        expect(answerAt(resumed, k)).toEqual(answerAt(whole, k));
        for (const term of [whole, resumed]) {
          tf.tidy(() => term.observe(step(k)));
        }
      }
      expect(JSON.stringify(resumed.getState())).toBe(JSON.stringify(whole.getState()));
      whole.dispose();
      resumed.dispose();
    });

    test('that steps and its end leak nothing of', () => {
      const { numTensors } = tf.memory();
      const term = observed(300);
      const held = tf.memory().numTensors;
      for (let k = 300; k < 310; k++) {
        tf.tidy(() => term.observe(step(k)));
        expect(tf.memory().numTensors).toBe(held);
      }
      term.dispose();
      expect(tf.memory().numTensors).toBe(numTensors);
      term.dispose();
      expect(tf.memory().numTensors).toBe(numTensors);
    });

    test('that outlives the tidy in which it was observed', () => {
      const term = tf.tidy(() => observed(3) as unknown as tf.TensorContainer) as unknown as Term;
      expect(answerAt(term, 3).length).toBeGreaterThan(0);
      term.dispose();
    });

    test('that what it was read into cannot change', () => {
      const term = observed(3);
      const before = JSON.stringify(term.getState());
      spoil(term.getState());
      expect(JSON.stringify(term.getState())).toBe(before);
      term.dispose();
    });

    test('that refuses what is not its own, whole', () => {
      const term = observed(3);
      const state = JSON.parse(JSON.stringify(term.getState()));
      const before = JSON.stringify(state);
      const bad = [
        undefined,
        null,
        [],
        {},
        before,
        { ...state, format: 'another' },
        { ...state, version: state.version + 1 },
        { ...state, steps: -1 },
        { ...state, steps: null },
        ...everyLeafNull(state),
      ];
      for (const other of bad) {
        expectThrows(() => term.setState(other), refused(name, 'state'));
        expect(JSON.stringify(term.getState())).toBe(before);
      }
      expectNoLeak(() => {
        term.setState(state);
        return [];
      });
      term.dispose();
    });
  });
}

/** Sets every number in x to 99. */
function spoil(x: unknown): void {
  if (typeof x === 'object' && x !== null) {
    for (const [key, value] of Object.entries(x)) {
      if (typeof value === 'number') {
        (x as Record<string, unknown>)[key] = 99;
      }
      spoil(value);
    }
  }
}

/** x with one of its leaves null, as NaN is in JSON, for each of them. */
function everyLeafNull(x: unknown): unknown[] {
  if (typeof x !== 'object' || x === null) {
    return [null];
  }
  return Object.entries(x).flatMap(([key, value]) =>
    everyLeafNull(value).map((spoiled) =>
      Object.assign(Array.isArray(x) ? [...x] : { ...x }, { [key]: spoiled }),
    ),
  );
}

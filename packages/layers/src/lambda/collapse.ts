import * as tf from '@tensorflow/tfjs-core';
import { COLLAPSED, type Term, type Weight } from '@toploss/core/kit';
import type { ModelStep } from '../step.js';
import type { FitListener, Logs } from '../watch/history.js';
import { check } from '../watch/model.js';
import type { LossEnd } from '../watch/pass.js';
import { type SeenBatch, variationsOf } from './variation.js';

/** In every runtime, and in none of the libraries that the packages are compiled with. */
declare const console: { warn(message: string): void };

/** A term that shrinks the weights says its λ. */
type ShrinkingTerm = Term & { readonly lambda: Weight };

/** Collapsed predictions vary by less than this share of the most that they have varied. */
const FALLEN = 1 / 4;

/** A term can collapse a network only if λΦ has once been this share of the loss. */
const HEAVY = 1 / 4;

/** The ends of so many epochs in a row must show the collapse. */
const EPOCHS = 2;

/**
 * Warns once when training has collapsed, as it does if λ is far too large: the model predicts the same for all rows of
 * the last batch. The warning names the terms whose λΦ has been large compared with the loss.
 *
 * A network that has not begun to learn, or that can't solve its problem, makes constant predictions as well. But its
 * predictions have not varied more before, or no term has been heavy enough.
 *
 * A step keeps predictions and targets, and launches nothing. The end of an epoch of `fit` waits for the device.
 */
export class CollapseWatch implements FitListener {
  /** None when the watch is over. */
  #terms: readonly ShrinkingTerm[];
  /** By output: the first batch of all, and the last batch of an epoch. */
  #first: SeenBatch[] = [];
  #last: SeenBatch[] = [];
  /** By output: the most that the predictions have varied. */
  #most: number[] = [];
  /** The largest λΦ of each term, in units of the loss. */
  readonly #heaviness = new Map<ShrinkingTerm, number>();
  /** How many epochs in a row have ended in constant predictions. */
  #constant = 0;
  /** The number of the last step, for a λ that is a schedule. */
  #step = 0;

  constructor(terms: readonly Term[]) {
    this.#terms = terms.filter(
      (term): term is ShrinkingTerm => 'lambda' in term && term.lambda !== 0,
    );
  }

  /** Hears what went through the losses of a step of `fit`. */
  see(ends: readonly LossEnd[], step: ModelStep): void {
    this.#step = step.next;
    const watched = this.#terms.length > 0 ? ends.entries() : [];
    for (const [output, { yTrue, yPred, lossGiven }] of watched) {
      if ((step.output ?? output) === output) {
        const isFirst = this.#most.length === 0 && this.#first[output] === undefined;
        const seen = isFirst ? this.#first : this.#last;
        const before = seen[output];
        // A smaller batch is the rest of the data.
        if (before === undefined || yPred.size >= before.yPred.size) {
          tf.dispose({ ...before } as never);
          seen[output] = {
            yTrue: tf.keep(tf.clone(yTrue)),
            yPred: tf.keep(tf.clone(yPred)),
            lossGiven,
          };
        }
      }
    }
  }

  dispose(): void {
    this.#terms = [];
    this.onTrainEnd();
  }

  onTrainEnd(): void {
    tf.dispose([this.#first, this.#last] as never);
    this.#first = [];
    this.#last = [];
  }

  async onEpochEnd(logs: Logs): Promise<void> {
    if (this.#terms.length === 0) {
      return;
    }
    const both = [this.#first, this.#last].map(variationsOf);
    this.onTrainEnd();
    const [first, last] = (await Promise.all(both)) as [number[], number[]];
    this.#vary(first);
    const isConstant = (share: number, output: number) =>
      share < COLLAPSED && share < FALLEN * (this.#most[output] ?? 0);
    this.#constant = last.length > 0 && last.every(isConstant) ? this.#constant + 1 : 0;
    this.#vary(last);
    await this.#weigh(logs);
    if (this.#constant >= EPOCHS) {
      this.#warn();
    }
  }

  #vary(shares: readonly number[]): void {
    for (const [output, share] of shares.entries()) {
      const most = this.#most[output] ?? 0;
      this.#most[output] = Number.isFinite(share) ? Math.max(most, share) : most;
    }
  }

  async #weigh(logs: Logs): Promise<void> {
    const loss = await fetched(logs.loss);
    for (const term of this.#terms) {
      const share = (await fetched(logs[term.name])) / loss;
      this.#heaviness.set(term, Math.max(this.#heaviness.get(term) ?? 0, share || 0));
    }
  }

  #warn(): void {
    const named = this.#terms.flatMap((term) => {
      const { name, lambda } = term;
      const value = typeof lambda === 'function' ? lambda(this.#step) : lambda;
      const isHeavy = (this.#heaviness.get(term) ?? 0) >= HEAVY;
      return value > 0 && isHeavy ? [`${name} from λ = ${value} to ${smaller(value)}`] : [];
    });
    if (named.length > 0) {
      this.dispose();
      console.warn(
        `${check.where}: training has collapsed: the model predicts the same for all inputs. Probably λ is too large. Try to reduce ${named.join(', and ')}; or let \`chooseLambda\` find λ on validation data.`,
      );
    }
  }
}

/** The next one below on a grid like .1, .3, 1. */
const smaller = (lambda: number): number => Number((lambda / 3).toPrecision(1));

const fetched = async (x: number | tf.Scalar | undefined): Promise<number> =>
  typeof x === 'number' ? x : ((await x?.data())?.[0] ?? 0);

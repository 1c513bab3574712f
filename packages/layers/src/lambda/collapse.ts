import * as tf from '@tensorflow/tfjs-core';
import { COLLAPSED, flatTerms, type Term, type Weight } from '@toploss/core/kit';
import type { FitListener, Logs } from '../history.js';
import { check, type TrainedModel } from '../watch/model.js';
import type { LossEnd } from '../watch/pass.js';
import { type SeenBatch, variationsOf } from './variation.js';

/** In every runtime, and in none of the libraries that the packages are compiled with. */
declare const console: { warn(message: string): void };

/** A term that says its λ: one that shrinks the weights. */
type ShrinkingTerm = Term & { readonly lambda: Weight };

/** Predictions that have collapsed vary by less than this share of the most that they have varied, too. */
const FALLEN = 1 / 4;

/** A term of which λΦ has never been this share of the loss keeps no network from learning. */
const HEAVY = 1 / 4;

/** The ends of so many epochs in a row have to show it. */
const EPOCHS = 2;

/**
 * Tells once that training has collapsed, as it does where λ is far too large: the predictions of the last batch are the same
 * for all of its rows. It names the terms of which λΦ has been large beside the loss.
 *
 * A network that has not begun to learn, or whose problem is too hard for it, makes constant predictions as well. But they have
 * not varied more before, or no term has been heavy enough.
 *
 * In a step it keeps predictions and targets and launches nothing. It waits for the device at the end of an epoch of `fit`.
 */
export class CollapseWatch {
  readonly #terms: readonly ShrinkingTerm[];
  readonly #output: number | undefined;
  /** The number of the last step, for a λ that is a schedule. */
  readonly #step: () => number;
  #isFollowing = false;
  #isOver: boolean;
  /** By output: the first batch of all, and the last one of an epoch. */
  #first: SeenBatch[] = [];
  #last: SeenBatch[] = [];
  /** By output, the most that the predictions have varied. */
  #most: number[] = [];
  /** The most that λΦ of a term has been in units of the loss. */
  readonly #heaviness = new Map<ShrinkingTerm, number>();
  #constant = 0;

  /** @param output The output that the terms read, if it is one. */
  constructor(terms: readonly Term[], output: number | undefined, step: () => number) {
    this.#terms = flatTerms(check.where, terms).filter(
      (term): term is ShrinkingTerm => 'lambda' in term && term.lambda !== 0,
    );
    this.#output = output;
    this.#step = step;
    this.#isOver = this.#terms.length === 0;
  }

  /** Follows one call of `fit`. */
  follow(model: TrainedModel): FitListener {
    this.#stop();
    this.#isFollowing = !this.#isOver;
    return { onEpochEnd: (logs) => this.#look(model, logs), onTrainEnd: () => this.#stop() };
  }

  /** Is told what went through the losses of a step. */
  see(ends: readonly LossEnd[]): void {
    for (const [output, { yTrue, yPred }] of this.#isFollowing ? ends.entries() : []) {
      if (this.#output === undefined || this.#output === output) {
        const isFirst = this.#most.length === 0 && this.#first[output] === undefined;
        const seen = isFirst ? this.#first : this.#last;
        const before = seen[output];
        // A smaller one is what was left of the data.
        if (before === undefined || yPred.size >= before.yPred.size) {
          tf.dispose({ ...before });
          seen[output] = { yTrue: tf.keep(tf.clone(yTrue)), yPred: tf.keep(tf.clone(yPred)) };
        }
      }
    }
  }

  dispose(): void {
    this.#isOver = true;
    this.#stop();
  }

  #stop(): void {
    this.#isFollowing = false;
    this.#drop();
  }

  #drop(): void {
    tf.dispose([this.#first, this.#last] as never);
    this.#first = [];
    this.#last = [];
  }

  async #look(model: TrainedModel, logs: Logs): Promise<void> {
    if (!this.#isFollowing) {
      return;
    }
    const both = [this.#first, this.#last].map((batches) => variationsOf(model, batches));
    this.#drop();
    const [first, last] = (await Promise.all(both)) as [number[], number[]];
    this.#vary(first);
    const isConstant = (share: number, output: number) =>
      share < COLLAPSED && share < FALLEN * (this.#most[output] ?? 0);
    this.#constant = last.length > 0 && last.every(isConstant) ? this.#constant + 1 : 0;
    this.#vary(last);
    await this.#weigh(logs);
    if (this.#constant >= EPOCHS && !this.#isOver) {
      this.#tell();
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

  #tell(): void {
    const step = this.#step();
    const named = this.#terms.flatMap((term) => {
      const { name, lambda } = term;
      const value = typeof lambda === 'function' ? lambda(step) : lambda;
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

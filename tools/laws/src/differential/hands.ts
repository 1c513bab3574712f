import * as tf from '@tensorflow/tfjs-core';
import type * as tfl from '@tensorflow/tfjs-layers';
import type { Stateful, Term } from '@toploss/core';
import { type Attachment, attach } from '@toploss/layers';
import { expect } from 'vitest';
import type { Network } from './networks.js';
import type { NoOps } from './no-ops.js';

/** What is done beside plain training: nothing. */
export class Hands {
  /** What was said where the terms could not be attached. */
  readonly refusals: string[] = [];
  /** The most entries of terms that errors may have left among logs, until each look at the tensors. */
  readonly entries: number[] = [];
  protected noOps: NoOps | undefined;

  begin(noOps: NoOps): void {
    this.noOps = noOps;
  }

  attach(_network: Network): void {}

  attachTwice(_network: Network): void {}

  detach(): void {}

  /** Runs what may attach the terms again. */
  allow(f: () => void): void {
    f();
  }

  /** The tensors that are the terms'. */
  owned(): number {
    return 0;
  }

  /** Is told of what was done, and whether it was stopped by an error. */
  done(_wasStopped: boolean): void {}

  end(): void {}
}

/** Attaches terms that change nothing; where they are refused, training goes on without them. */
export class Attaching extends Hands {
  #model: tfl.LayersModel | undefined;
  #terms: Term[] = [];
  #attachment: Attachment | undefined;

  override attach({ model }: Network): void {
    if (model !== this.#model) {
      this.#forget();
      this.#terms = (this.noOps as NoOps).make(model);
      this.#model = model;
    }
    this.allow(() => {
      this.#attachment = attached(model, this.#terms);
    });
  }

  override attachTwice({ model }: Network): void {
    if (this.#attachment !== undefined) {
      expect(() => attached(model, this.#terms)).toThrow('to have nothing attached');
    }
  }

  override detach(): void {
    this.#attachment?.detach();
    this.#attachment = undefined;
  }

  override allow(f: () => void): void {
    try {
      f();
    } catch (error) {
      if (!isOurs(error)) {
        throw error;
      }
      this.refusals.push((error as Error).message);
      this.detach();
    }
  }

  override owned(): number {
    const losses = this.#attachment?.losses() ?? {};
    tf.dispose(losses as tf.NamedTensorMap);
    return Object.keys(losses).length + this.#remembered();
  }

  override done(wasStopped: boolean): void {
    // A composite has two; each has a log and a sum.
    this.entries.push(wasStopped ? 2 * (this.#terms.length + 1) : 0);
  }

  override end(): void {
    this.detach();
    this.#forget();
  }

  /** Of `dmta`, a tensor for each parameter. */
  #remembered(): number {
    const states = this.#terms
      .filter((term): term is Term & Stateful => 'getState' in term)
      .map((term) => (term.getState() as { average?: object }).average ?? {});
    return states.flatMap(Object.keys).length;
  }

  #forget(): void {
    for (const term of this.#terms as { dispose?(): void }[]) {
      term.dispose?.();
    }
  }
}

function attached(model: tfl.LayersModel, terms: Term[]): Attachment {
  const [first, ...others] = model.outputNames;
  const output = others.length > 0 ? { output: first as string } : {};
  return attach(model, terms as [], output);
}

const isOurs = (error: unknown) => /^[a-zA-Z.]+: /.test((error as Error).message);

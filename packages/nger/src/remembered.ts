import * as tf from '@tensorflow/tfjs-core';
import type { Memory } from './excess.js';
import { checkedState, format, type NgerState, type Saved, version } from './state.js';

/** What the weighting remembers; it lives until it is disposed of, whatever tidy it was made in. */
export class Remembered {
  #memory: Memory = {};
  #weights: tf.Tensor1D | undefined;
  #steps = 0;

  readonly #kind: Saved;

  constructor(kind: Saved) {
    this.#kind = kind;
  }

  /** By name; the tensors stay its own. Empty before the first step. */
  get memory(): Memory {
    return this.#memory;
  }

  /** Of the last step. */
  get weights(): tf.Tensor1D | undefined {
    return this.#weights;
  }

  advance({ memory, weights }: { memory: Memory; weights: tf.Tensor1D }): void {
    this.#replace(memory, weights, this.#steps + 1);
  }

  /** Reads the values from the device: not for within a step. */
  getState(): NgerState {
    const { tasks, floor } = this.#kind;
    const memory = Object.entries(this.#memory).map(([name, x]) => [name, x.arraySync()]);
    return {
      format,
      version,
      floor,
      tasks,
      steps: this.#steps,
      weights: this.#weights?.arraySync() ?? [],
      memory: Object.fromEntries(memory),
    };
  }

  /** All of the state or, if it throws, nothing of it. */
  setState(saved: unknown): void {
    const state = checkedState(saved, this.#kind);
    const memory = Object.entries(state.memory).map(([name, rows]) => [
      name,
      tf.tensor(rows as number[] | number[][], undefined, 'float32'),
    ]);
    const weights = state.steps > 0 ? tf.tensor1d([...state.weights], 'float32') : undefined;
    this.#replace(Object.fromEntries(memory), weights, state.steps);
  }

  /** Forgets everything; the next step is again the first. */
  dispose(): void {
    this.#replace({}, undefined, 0);
  }

  #replace(memory: Memory, weights: tf.Tensor1D | undefined, steps: number): void {
    for (const x of [...Object.values(memory), ...(weights ? [weights] : [])]) {
      tf.keep(x);
    }
    tf.dispose([this.#memory, this.#weights]);
    this.#memory = memory;
    this.#weights = weights;
    this.#steps = steps;
  }
}

import * as tf from '@tensorflow/tfjs-core';

/**
 * What a term remembers: tensors by name, and how many steps are in them. They live until they are replaced or disposed
 * of, whatever tidy they were made in.
 */
export class Memory {
  #tensors: Readonly<tf.NamedTensorMap> = {};
  #steps = 0;

  /** The tensors stay its own. Empty before the first step. */
  get tensors(): Readonly<tf.NamedTensorMap> {
    return this.#tensors;
  }

  /** How many steps were observed. */
  get steps(): number {
    return this.#steps;
  }

  /** Takes over the tensors, some of which it may have already, and disposes of its others. */
  replace(tensors: Readonly<tf.NamedTensorMap>, steps: number): void {
    const kept = new Set(Object.values(tensors));
    for (const x of kept) {
      tf.keep(x);
    }
    tf.dispose(Object.values(this.#tensors).filter((x) => !kept.has(x)));
    this.#tensors = tensors;
    this.#steps = steps;
  }

  /** Forgets everything; the next step is again the first. */
  dispose(): void {
    this.replace({}, 0);
  }
}

import * as tf from '@tensorflow/tfjs-core';

/** What is seen from outside of a training run, in its order, one line for each thing. */
export class Trace {
  readonly lines: string[] = [];
  /** How many there are, each time that somebody looks, beside those that are known. */
  readonly tensors: number[] = [];
  readonly #own: ReadonlySet<string>;

  /** @param own The names of the terms, whose entries among the logs are left out. */
  constructor(own: Iterable<string> = []) {
    this.#own = new Set(own);
  }

  say(what: string, ...values: unknown[]): void {
    this.lines.push([what, ...values.map((value) => this.#text(value))].join(' '));
  }

  /** Names that tfjs counts up in a process are the same in each run. */
  error(error: unknown): void {
    this.say('error:', (error as Error).message.replaceAll(/_\d+/g, ''));
  }

  #text(value: unknown): string {
    if (value instanceof tf.Tensor) {
      return value.isDisposed
        ? 'disposed'
        : `[${value.shape}: ${this.#text([...value.dataSync()])}]`;
    }
    if (Array.isArray(value)) {
      return value.map((entry) => this.#text(entry)).join(' ');
    }
    if (typeof value === 'function') {
      return value.name;
    }
    if (typeof value === 'object' && value !== null) {
      return value.constructor === Object ? this.#entries(value) : value.constructor.name;
    }
    return Object.is(value, -0) ? '-0' : String(value);
  }

  #entries(value: object): string {
    const entries = Object.entries(value).filter(([key]) => !this.#own.has(key));
    return `{${entries.map(([key, entry]) => `${key}: ${this.#text(entry)}`).join(', ')}}`;
  }
}

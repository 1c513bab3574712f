import * as tf from '@tensorflow/tfjs-core';

export interface AdEMAMixOptions {
  learningRate: number;
  beta1: number;
  beta2: number;
  /** α and β₃ at the step, from 0. */
  alpha(step: number): number;
  beta3(step: number): number;
  epsilon: number;
}

/**
 * AdEMAMix as the paper has it (arXiv:2409.03137, algorithm 1), without weight decay: the baseline.
 *
 *     m₁ ← β₁ m₁ + (1 − β₁) g,   m₂ ← β₃ m₂ + (1 − β₃) g,   ν ← β₂ ν + (1 − β₂) g²
 *     θ ← θ − η (m₁/(1 − β₁ᵗ) + α m₂) / (√(ν/(1 − β₂ᵗ)) + ε)
 */
export class AdEMAMix {
  readonly #options: AdEMAMixOptions;
  #averages: Record<string, { m1: tf.Tensor; m2: tf.Tensor; nu: tf.Tensor }> = {};
  #step = 0;

  constructor(options: AdEMAMixOptions) {
    this.#options = options;
  }

  applyGradients(grads: tf.NamedTensorMap | { name: string; tensor: tf.Tensor }[]): void {
    const { learningRate, beta1, beta2, alpha, beta3, epsilon } = this.#options;
    const entries = Array.isArray(grads)
      ? grads.map(({ name, tensor }) => [name, tensor] as const)
      : Object.entries(grads);
    const t = this.#step + 1;
    const [a, b3] = [alpha(this.#step), beta3(this.#step)];
    const old = this.#averages;
    this.#averages = tf.tidy(() => {
      const toward = (average: tf.Tensor | undefined, x: tf.Tensor, beta: number) =>
        tf.keep(tf.add(tf.mul(beta, average ?? 0), tf.mul(1 - beta, x)));
      const next = entries.map(([name, g]) => {
        const m1 = toward(old[name]?.m1, g, beta1);
        const m2 = toward(old[name]?.m2, g, b3);
        const nu = toward(old[name]?.nu, tf.square(g), beta2);
        const numerator = tf.add(tf.div(m1, 1 - beta1 ** t), tf.mul(a, m2));
        const scale = tf.add(tf.sqrt(tf.div(nu, 1 - beta2 ** t)), epsilon);
        const variable = tf.engine().registeredVariables[name] as tf.Variable;
        variable.assign(tf.sub(variable, tf.mul(learningRate, tf.div(numerator, scale))));
        return [name, { m1, m2, nu }] as const;
      });
      return Object.fromEntries(next);
    });
    tf.dispose(old);
    this.#step = t;
  }

  dispose(): void {
    tf.dispose(this.#averages);
    this.#averages = {};
    this.#step = 0;
  }
}

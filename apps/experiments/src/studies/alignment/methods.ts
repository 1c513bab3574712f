import * as tf from '@tensorflow/tfjs-core';
import { trainStep } from '@toploss/core';
import { type Dmta, dmta, halfLifeMu, linearAlpha } from '@toploss/dmta';
import { AdEMAMix } from './ademamix.js';
import type { Examples, Learner } from './task.js';

/** A way to train, as plain data. */
export type Method =
  | { name: 'Adam'; beta1: number }
  | { name: 'AdEMAMix'; alpha: number; beta3: number }
  | { name: 'DMTA linear'; alpha: number; mu: number }
  | { name: 'DMTA cosine'; lambda: number; mu: number };

export interface Training {
  learner: Learner;
  /** The learning rate. */
  rate: number;
  /** After so many steps α and β₃ are what they are to be. */
  warmup: number;
}

export interface Step {
  take(batch: Examples): void;
  dispose(): void;
}

const [BETA1, BETA2, EPSILON] = [0.9, 0.999, 1e-8];

const adam = (rate: number, beta1 = BETA1) => tf.train.adam(rate, beta1, BETA2, EPSILON);

const crossEntropy = ({ logits }: Learner, { x, y }: Examples): tf.Scalar =>
  tf.losses.softmaxCrossEntropy(y, logits(x));

/** α rises linearly from 0 and β₃ in its half-life from β₁, both as in AdEMAMix. */
const schedules = (alpha: number, beta3: number, steps: number) => ({
  alpha: linearAlpha({ alpha, steps }),
  mu: halfLifeMu({ from: BETA1, to: beta3, steps }),
});

export function stepOf(method: Method, { learner, rate, warmup }: Training): Step {
  let batch: Examples;
  const loss = () => crossEntropy(learner, batch);
  const { optimizer, terms } = partsOf(method, rate, warmup, loss);
  const step = trainStep({ optimizer, params: learner.params, terms });
  return {
    take(examples) {
      batch = examples;
      tf.dispose(step(() => ({ loss: loss() })));
    },
    dispose() {
      optimizer.dispose();
      for (const term of terms) {
        term.dispose();
      }
    },
  };
}

interface Parts {
  optimizer: Pick<tf.Optimizer, 'applyGradients' | 'dispose'>;
  terms: Dmta[];
}

/** An optimizer, and what corrects the gradients that it gets. */
function partsOf(method: Method, rate: number, warmup: number, loss: () => tf.Scalar): Parts {
  switch (method.name) {
    case 'Adam':
      return { optimizer: adam(rate, method.beta1), terms: [] };
    case 'AdEMAMix': {
      const { alpha, mu: beta3 } = schedules(method.alpha, method.beta3, warmup);
      const options = { learningRate: rate, beta1: BETA1, beta2: BETA2, epsilon: EPSILON };
      return { optimizer: new AdEMAMix({ ...options, alpha, beta3 }), terms: [] };
    }
    case 'DMTA linear':
      return { optimizer: adam(rate), terms: [dmta(schedules(method.alpha, method.mu, warmup))] };
    case 'DMTA cosine': {
      const { lambda, mu } = method;
      // One more gradient a step: the difference starts from the gradient of the step
      const term = dmta({ mode: 'cosine', difference: 'forward', lambda, mu, loss });
      return { optimizer: adam(rate), terms: [term] };
    }
  }
}

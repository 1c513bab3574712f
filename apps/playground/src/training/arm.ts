import * as tf from '@tensorflow/tfjs-core';
import { trainStep } from '@toploss/core';
import { cvp } from '@toploss/cvp';
import { dmta } from '@toploss/dmta';
import { sasp, saspNetwork } from '@toploss/sasp';
import { sbmp } from '@toploss/sbmp';
import type { Settings } from '../settings/table.js';
import type { Network } from './network.js';
import { rateAt, risingTo, setRate } from './schedules.js';

export interface Batch {
  x: tf.Tensor2D;
  oneHot: tf.Tensor2D;
}

/** A network and the way that it is trained. */
export interface Arm {
  readonly network: Network;
  step(batch: Batch): void;
  dispose(): void;
}

/** A step as one writes it with `@toploss`; without terms it is plain training. */
export function createArm(
  network: Network,
  settings: Settings,
  terms: ReturnType<typeof termsOf> = [],
): Arm {
  const optimizer = optimizerOf(settings);
  const step = trainStep({ optimizer, params: [...network.params], terms });
  let taken = 0;
  return {
    network,
    step: ({ x, oneHot }) => {
      setRate(optimizer, rateAt(settings, taken));
      taken += 1;
      const losses = step(() => {
        const outputs = network.forward(x);
        return {
          ...outputs,
          loss: tf.losses.softmaxCrossEntropy(oneHot, outputs.logits),
          targets: oneHot,
          embeddings: x,
          modelFn: (moved: tf.Tensor) => network.forward(moved as tf.Tensor2D).logits,
        };
      });
      tf.dispose(losses);
    },
    dispose: () => {
      optimizer.dispose();
      for (const term of terms) {
        if ('dispose' in term) {
          term.dispose();
        }
      }
      tf.dispose([...network.params]);
    },
  };
}

/** What the sliders ask for. A penalty with weight 0 is left out. */
export function termsOf(s: Settings) {
  return [
    // First, so that its average is of the gradients that it corrects.
    ...(s.dmtaAlpha > 0 ? [dmta({ alpha: s.dmtaAlpha, mu: s.dmtaMu })] : []),
    ...(s.saspLambda > 0 ? [saspOf(s)] : []),
    ...(s.sbmpLambda > 0
      ? [sbmp({ lambda: risingTo(s.sbmpLambda, s.steps), alpha: s.sbmpAlpha, seed: s.seed })]
      : []),
    ...(s.cvpLambda > 0
      ? [cvp({ lambda: s.cvpLambda, gate: s.cvpGate, decoupled: s.cvpApplied === 'decoupled' })]
      : []),
  ];
}

/** The whole batch, and √T: said here, as each λ of the settings was chosen for it. */
const form = { fraction: 1, root: true } as const;

function saspOf(s: Settings) {
  const lambda = risingTo(s.saspLambda, s.steps);
  return s.saspOf === 'network'
    ? saspNetwork({ lambda, scale: s.saspScale, every: s.saspEvery, ...form, seed: s.seed })
    : sasp({ lambda, curvature: s.saspCurvature });
}

function optimizerOf({ optimizer, rate }: Settings): tf.Optimizer {
  switch (optimizer) {
    case 'sgd':
      return tf.train.sgd(rate);
    case 'momentum':
      return tf.train.momentum(rate, 0.9);
    case 'adam':
      return tf.train.adam(rate, 0.9, 0.999, 1e-7);
  }
}

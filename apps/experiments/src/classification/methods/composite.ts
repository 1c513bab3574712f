import * as tf from '@tensorflow/tfjs-core';
import { composite as together } from '@toploss/composite';
import { type CvpTermOptions, cvp } from '@toploss/cvp';
import { dmta, type LinearDmtaOptions } from '@toploss/dmta';
import {
  type SaspNetworkTermOptions,
  type SaspTermOptions,
  sasp,
  saspNetwork,
} from '@toploss/sasp';
import { type SbmpTermOptions, sbmp } from '@toploss/sbmp';
import { type Step, type Training, withTerms } from './step.js';

/** Each part with its weight; what is left out is switched off. */
export interface CompositeOptions {
  sasp?: Weighted & Pick<SaspTermOptions, 'curvature'>;
  saspNetwork?: Weighted & Pick<SaspNetworkTermOptions, 'fraction'>;
  cvp?: Weighted & Pick<CvpTermOptions, 'decoupled'>;
  sbmp?: Weighted & Pick<SbmpTermOptions, 'alpha' | 'fraction'>;
  /** The average keeps μ of itself in a step. */
  dmta?: Weighted & { mu: number } & Pick<LinearDmtaOptions, 'start'>;
}

interface Weighted {
  lambda: number;
}

/** The study is of the root of the absolute trace. */
const ROOT = { root: true, scale: 'absolute', every: 1 } as const;

/**
 * Any of the penalties, alone or together, as a user of the packages has them: `composite` makes one term
 * of them, and `trainStep` gives each part its place. The inputs of the network are the embeddings of SBMP.
 */
export function composite(options: CompositeOptions, training: Training): Step {
  const { network, seed } = training;
  const average = options.dmta && dmta({ alpha: 1, ...options.dmta });
  const parts = [
    options.sasp && sasp(options.sasp),
    options.saspNetwork && saspNetwork({ ...ROOT, ...options.saspNetwork, seed }),
    options.cvp && cvp(options.cvp),
    options.sbmp && sbmp({ ...options.sbmp, seed }),
    average,
  ].filter((part) => part !== undefined);
  const modelFn = (embeddings: tf.Tensor) => network.forward(embeddings as tf.Tensor2D).logits;
  return {
    ...withTerms(training, [together(parts)], ({ x, y }) => {
      const outputs = network.forward(x);
      const loss = tf.losses.softmaxCrossEntropy(y, outputs.logits) as tf.Scalar;
      return { ...outputs, loss, targets: y, embeddings: x, modelFn };
    }),
    dispose: () => average?.dispose(),
  };
}

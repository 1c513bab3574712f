import type * as tf from '@tensorflow/tfjs-core';
import { byPrograms, launch } from '@toploss/core/kit';

/**
 * `nextElsewhere` in one program.
 *
 * @param average m̄; 0 if left out.
 */
export const nextByProgram = (
  average: tf.Tensor | undefined,
  gradient: tf.Tensor,
  share: number,
): tf.Tensor | undefined =>
  byPrograms('dmta.average', () =>
    launch({
      inputs: { gradient, ...(average && { average }) },
      numbers: { share },
      shape: gradient.shape,
      entry: `
        float m = ${average ? 'average(b, i, j)' : '0.'};
        float g = gradient(b, i, j);
        return select(m + share * (g - m), m, isnan(g) || isinf(g));`,
    }),
  );

/** `combined` in one program. */
export const combinedByProgram = (
  c: number,
  gradient: tf.Tensor,
  f: number,
  average: tf.Tensor | undefined,
): tf.Tensor | undefined =>
  byPrograms('dmta.correction', () =>
    launch({
      inputs: { gradient, ...(average && { average }) },
      numbers: { c, f },
      shape: gradient.shape,
      entry: `return c * gradient(b, i, j)${average ? ' + f * average(b, i, j)' : ''};`,
    }),
  );

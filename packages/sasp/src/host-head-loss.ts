import * as tf from '@tensorflow/tfjs-core';
import { hostValues } from '@toploss/core';
import type { HeadInputs, HeadLoss, HeadLossOptions } from './head-loss.js';
import { type HostRow, hostHeads } from './host-heads.js';

/**
 * `headLoss` in one loop over the examples, in double precision; nothing where the values would have to be
 * waited for. It costs less than the operations of the cross-entropy alone.
 */
export function hostHeadLoss(
  { logits, features, targets, mask }: HeadInputs,
  { curvature, head, includeBias, loss, lambda }: HeadLossOptions,
): HeadLoss | undefined {
  const [z, h, y, counts] = [logits, features, targets, mask].map((x) => x && hostValues(x));
  if (z === undefined || h === undefined || y === undefined) {
    return undefined;
  }
  const [B, C] = logits.shape;
  const D = features.shape[1];
  const isIndex = targets.rank === 1;
  const isCounted = (i: number) => counts === undefined || counts[i] !== 0;
  let counted = 0;
  for (let i = 0; i < B; i++) {
    counted += isCounted(i) ? 1 : 0;
  }
  const share = 1 / Math.max(counted, 1);

  const dLogits = new Float32Array(B * C);
  const dFeatures = new Float32Array(B * D);
  const row: HostRow = {
    y: new Float64Array(C),
    p: new Float64Array(C),
    q: new Float64Array(C),
    e: new Float64Array(C),
    dc: new Float64Array(C),
    logSum: 0,
  };
  const { predict, lossOf, curvatures } = hostHeads[head];
  const curvatureOf = curvatures[curvature];
  let value = 0;
  for (let i = 0; i < B; i++) {
    if (!isCounted(i)) {
      continue;
    }
    const zi = z.subarray(i * C, (i + 1) * C);
    if (isIndex) {
      row.y.fill(0);
      row.y[y[i] as number] = 1;
    } else {
      row.y.set(y.subarray(i * C, (i + 1) * C));
    }
    predict(zi, row);
    if (loss) {
      value += share * lossOf(zi, row);
      for (let k = 0; k < C; k++) {
        dLogits[i * C + k] = share * (row.e[k] as number);
      }
    }
    if (lambda !== 0) {
      const c = curvatureOf(row);
      let S = includeBias ? 1 : 0;
      for (let j = i * D; j < (i + 1) * D; j++) {
        S += (h[j] as number) ** 2;
      }
      value += lambda * share * c * S;
      const [ofLogits, ofFeatures] = [lambda * share * S, 2 * lambda * share * c];
      for (let k = 0; k < C; k++) {
        dLogits[i * C + k] = (dLogits[i * C + k] as number) + ofLogits * (row.dc[k] as number);
      }
      for (let j = i * D; j < (i + 1) * D; j++) {
        dFeatures[j] = ofFeatures * (h[j] as number);
      }
    }
  }
  return {
    value: tf.scalar(value),
    dLogits: tf.tensor2d(dLogits, [B, C]),
    dFeatures: tf.tensor2d(dFeatures, [B, D]),
  };
}

import type { Head } from '@toploss/core/kit';
import type { HeadInputs } from './inputs.js';

/** How programs read the labels, as labels.ts does in operations. */
export interface LabelText {
  /** Label k of example i. */
  readonly y: string;
  /** Whether label k of example i is missing; `undefined` if none can be. */
  readonly isMissing: string | undefined;
  /** Statements that declare `counts`, whether example i counts; `undefined` if all do. */
  readonly counts: string | undefined;
}

export function labelText(inputs: HeadInputs, head: Head): LabelText {
  const { logits, targets, mask } = inputs;
  const y = targets.rank === 1 ? 'targets(0, 0, i)' : 'targets(0, i, k)';
  const isMissing = missing(inputs, y);
  const shown = mask === undefined ? 'true' : 'mask(0, 0, i) != 0.';
  const labeled =
    isMissing === undefined || targets.rank === 1
      ? `bool counts = ${shown} && !(${isMissing ?? 'false'});`
      : `bool counts = ${head === 'softmax'};
      for (int k = 0; k < ${logits.shape[1]}; k++) {
        counts = ${head === 'softmax' ? `counts && !(${isMissing})` : `counts || !(${isMissing})`};
      }
      counts = counts && ${shown};`;
  return {
    y: targets.rank === 1 ? `select(0., 1., ${y} == float(k))` : y,
    isMissing: targets.rank === 1 || head === 'softmax' ? undefined : isMissing,
    counts: isMissing === undefined && mask === undefined ? undefined : labeled,
  };
}

function missing({ targets, ignoreLabel }: HeadInputs, y: string): string | undefined {
  const kinds = [
    ...(targets.dtype === 'float32' ? [`isnan(${y})`] : []),
    ...(ignoreLabel === undefined || Number.isNaN(ignoreLabel) ? [] : [`${y} == ignoreLabel`]),
  ];
  return kinds.length === 0 ? undefined : kinds.join(' || ');
}

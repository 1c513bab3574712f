import type { Head } from '@toploss/core/kit';
import type { HeadInputs } from './inputs.js';

/** How programs read the labels, as labels.ts does in operations. */
export interface LabelText {
  /** Label k of example i. Of a class, `label` is declared as the class. */
  readonly y: string;
  /** Declares `label`; `undefined` if each label has an entry of its own. */
  readonly label: string | undefined;
  /** Whether label k of example i is missing; `undefined` if none can be, or only all of an example. */
  readonly isMissing: string | undefined;
  /** Statements that declare `counts`, whether example i counts; `undefined` if all do. */
  readonly counts: string | undefined;
}

export function labelText(inputs: HeadInputs, head: Head): LabelText {
  const { logits, targets, mask } = inputs;
  const isClass = targets.rank === 1;
  const entry = isClass ? 'targets(0, 0, i)' : 'targets(0, i, k)';
  const isMissing = missing(inputs, entry);
  const shown = mask === undefined ? 'true' : 'mask(0, 0, i) != 0.';
  const counts =
    isMissing === undefined || isClass
      ? `bool counts = ${shown} && !(${isMissing ?? 'false'});`
      : `bool counts = ${head === 'softmax'};
      for (int k = 0; k < ${logits.shape[1]}; k++) {
        counts = counts ${head === 'softmax' ? '&&' : '||'} !(${isMissing});
      }
      counts = counts && ${shown};`;
  return {
    y: isClass ? 'select(0., 1., label == float(k))' : entry,
    label: isClass ? `float label = ${entry};` : undefined,
    isMissing: isClass || head === 'softmax' ? undefined : isMissing,
    counts: isMissing === undefined && mask === undefined ? undefined : counts,
  };
}

function missing({ targets, ignoreLabel }: HeadInputs, y: string): string | undefined {
  const kinds = [
    ...(targets.dtype === 'float32' ? [`isnan(${y})`] : []),
    ...(ignoreLabel === undefined || Number.isNaN(ignoreLabel) ? [] : [`${y} == ignoreLabel`]),
  ];
  return kinds.length === 0 ? undefined : kinds.join(' || ');
}

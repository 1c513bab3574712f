import type { Head } from '@toploss/core/kit';
import { check, type HeadInputs } from './inputs.js';

/** Writes the labels of a row, with NaN for missing ones, and returns whether the row has any. Throws on invalid labels. */
export type Labels = (into: Float64Array, row: number) => boolean;

type IsMissing = (y: number) => boolean;

/** The labels among the values of the targets. */
export function labelsOf(
  { logits, targets, ignoreLabel }: HeadInputs,
  head: Head,
  y: Float32Array,
): Labels {
  const C = logits.shape[1];
  const isMissing = missing(ignoreLabel);
  if (targets.rank === 1) {
    return indices(y, C, isMissing);
  }
  return head === 'softmax' ? distributions(y, C, isMissing) : values(y, C, head, isMissing);
}

/** Compares in float32, as the targets are. */
function missing(ignoreLabel: number | undefined): IsMissing | undefined {
  if (ignoreLabel === undefined) {
    return undefined;
  }
  const label = Math.fround(ignoreLabel);
  return Number.isNaN(label) ? Number.isNaN : (y) => y === label;
}

const hint = 'set `ignoreLabel` if it stands for a missing label';

function indices(y: ArrayLike<number>, C: number, isMissing: IsMissing | undefined): Labels {
  let last = 0;
  return (into, row) => {
    const index = y[row]!;
    if (isMissing?.(index)) {
      return false;
    }
    if (!(index >= 0 && index < C && Number.isInteger(index))) {
      check.reject('targets', `to be class indices from 0 to ${C - 1}; ${hint}`, index);
    }
    into[last] = 0;
    last = index;
    into[last] = 1;
    return true;
  };
}

const TOLERANCE = 1e-3;

/** Rows must sum to 1: otherwise e = p − y is not the gradient of the cross-entropy. */
function distributions(y: Float32Array, C: number, isMissing: IsMissing | undefined): Labels {
  const readRow = isMissing === undefined ? whole : unlessMissing(isMissing);
  return (into, row) => {
    const sum = readRow(into, y, row * C);
    if (sum !== undefined && !(Math.abs(sum - 1) <= TOLERANCE)) {
      const expected = Number.isNaN(sum)
        ? 'to hold no NaN; set `ignoreLabel: NaN` if it stands for a missing label'
        : 'to have rows that sum to 1 for a softmax; leave rows without a label out by `mask` or `ignoreLabel`, and set `head: "sigmoid"` if a row may have several labels';
      check.reject('targets', expected, sum);
    }
    return sum !== undefined;
  };
}

/** Writes a row and returns its sum, or `undefined` if the row has no label. */
type ReadRow = (into: Float64Array, y: Float32Array, start: number) => number | undefined;

/** Four sums that do not wait for each other. */
const whole: ReadRow = (into, y, start) => {
  const C = into.length;
  into.set(y.subarray(start, start + C));
  let a = 0;
  let b = 0;
  let c = 0;
  let d = 0;
  let k = 0;
  for (; k + 3 < C; k += 4) {
    a += into[k]!;
    b += into[k + 1]!;
    c += into[k + 2]!;
    d += into[k + 3]!;
  }
  for (; k < C; k++) {
    a += into[k]!;
  }
  return a + b + c + d;
};

const unlessMissing =
  (isMissing: IsMissing): ReadRow =>
  (into, y, start) => {
    const sum = whole(into, y, start);
    return into.some((label) => isMissing(label)) ? undefined : sum;
  };

function values(
  y: ArrayLike<number>,
  C: number,
  head: Head,
  isMissing: IsMissing | undefined,
): Labels {
  const [least, most] = head === 'sigmoid' ? [0, 1] : [-Number.MAX_VALUE, Number.MAX_VALUE];
  return (into, row) => {
    let isLabeled = false;
    for (let k = 0; k < C; k++) {
      const label = y[row * C + k]!;
      const isThere = !isMissing?.(label);
      if (isThere && !(label >= least && label <= most)) {
        const range = head === 'sigmoid' ? 'lie in [0, 1] for a sigmoid' : 'be finite';
        check.reject('targets', `to ${range}; ${hint}`, label);
      }
      into[k] = isThere ? label : Number.NaN;
      isLabeled ||= isThere;
    }
    return isLabeled;
  };
}

/** 1 for the rows that count, and their number n. `counts` is undefined if all of them do. */
export function countRows(
  { logits, mask, ignoreLabel }: HeadInputs,
  labels: Labels,
  shown: ArrayLike<number> | undefined,
  scratch: Float64Array,
): { counts: Uint8Array | undefined; n: number } {
  const B = logits.shape[0];
  if (mask === undefined && ignoreLabel === undefined) {
    return { counts: undefined, n: B };
  }
  const counts = new Uint8Array(B);
  let n = 0;
  for (let row = 0; row < B; row++) {
    const entry = shown?.[row] ?? 1;
    if (entry !== 0 && entry !== 1) {
      check.reject('mask', 'to hold true or 1 for what counts, and false or 0', entry);
    }
    counts[row] = entry === 1 && (ignoreLabel === undefined || labels(scratch, row)) ? 1 : 0;
    n += counts[row]!;
  }
  return { counts, n };
}

import { expm1Text, expText, type Head, log1pText, sumsText, type Text } from '@toploss/core/kit';

/** The table of formula.ts, for label k of row [b, i]. Statements declare what the next ones read. */
export interface HeadText {
  /** The numbers of a row that `predict` reads; none but for a softmax. */
  readonly columns: readonly string[];
  /** Declares them but for `others`, which `predict` reads not before `difference`. */
  readonly ofRow: (classes: number) => Text;
  /** Declares `change`, and what the terms read. */
  readonly predict: Text;
  /** q − p, or ẑ − z. */
  readonly difference: Text;
  readonly symmetric: Text;
  readonly forward: Text;
}

/** Declares d = z − ẑ. It is 0 for a class that is masked on both sides, where −∞ − (−∞) is NaN. */
const logits: Text = `
  float z = clean(b, i, k);
  float zHat = noisy(b, i, k);
  float d = select(z - zHat, 0., z == zHat);`;

/** Declares the logits relative to the largest of the row. */
const relative: Text = `
  ${logits}
  float a = z - largest;
  float aHat = zHat - largestHat;`;

const growth: Text = `
  ${relative}
  farthest = max(farthest, d);
  float bounded = min(d, 40.);
  ${expm1Text('grown', 'bounded')}`;

/**
 * Declares log Σ q e^d, from shift = Σ q (e^d − 1), or where that has no digits, from both logarithms.
 *
 * @param largestD Of the row.
 */
const correction = (largestD: Text, ofLogarithms: Text): Text => `
  float correction = ${ofLogarithms};
  if (shift > -0.5 && ${largestD} <= 40.) {
    ${log1pText('near', 'shift')}
    correction = near;
  }
  if (isnan(shift)) {
    correction = shift;
  }`;

/** (e^−δ − 1 + δ)/δ² */
const series = (delta: Text): Text =>
  [2, 6, 24, 120, 720, 5040, 40320].reduceRight(
    (rest, factorial) => `(1. / ${factorial}. - ${delta} * ${rest})`,
    '0.',
  );

/** p (e^−δ − 1 + δ), and 0·∞ = 0. */
const forwardTerm = (p: Text, difference: Text, delta: Text): Text => `select(
    ${difference} + select(${p} * ${delta}, 0., ${p} == 0.),
    ${p} * ${delta} * ${delta} * ${series(delta)},
    abs(${delta}) < 0.5)`;

/** ½ (p − q) δ, and 0·∞ = 0. */
const symmetricTerm = (delta: Text): Text =>
  `select(-0.5 * difference * ${delta}, 0., difference == 0.)`;

const predictClass: Text = `
  ${relative}
  float p = ${expText('a')} / total;
  float q = ${expText('aHat')} / totalHat;
  float delta = d - correction;
  ${expm1Text('moved', '-delta')}
  float change = select(q - p, p * moved, delta > -1.);`;

const softmax: HeadText = {
  columns: ['largest', 'largestHat', 'total', 'totalHat', 'correction', 'others'],
  ofRow: (classes) => `
    float largest = clean(b, i, 0);
    float largestHat = noisy(b, i, 0);
    for (int k = 1; k < ${classes}; k++) {
      largest = max(largest, clean(b, i, k));
      largestHat = max(largestHat, noisy(b, i, k));
    }
    ${sumsText({ k: classes }, { total: expText('a'), totalHat: expText('aHat') }, relative)}
    float farthest = 0.;
    ${sumsText({ k: classes }, { shift: `${expText('aHat')} / totalHat * grown` }, growth)}
    ${correction('farthest', '(largest - largestHat) + (log(total) - log(totalHat))')}
    ${sumsText({ k: classes }, { others: 'select(change, 0., p > 0.5)' }, predictClass)}`,
  predict: predictClass,
  difference: 'select(change, 0. - others, p > 0.5)',
  symmetric: symmetricTerm('delta'),
  forward: forwardTerm('p', 'difference', 'delta'),
};

/**
 * A label is one class of two, whose logits are z and 0. The difference of both δ is d, and
 *
 *     q − p = p (1 − q) (e^−d − 1) = q (1 − p) (1 − e^d)
 */
const sigmoid: HeadText = {
  columns: [],
  ofRow: () => '',
  predict: `
    ${logits}
    float small = ${expText('(-abs(z))')};
    float smallHat = ${expText('(-abs(zHat))')};
    float p = select(small, 1., z >= 0.) / (1. + small);
    float q = select(smallHat, 1., zHat >= 0.) / (1. + smallHat);
    float pOfFalse = select(1., small, z >= 0.) / (1. + small);
    float qOfFalse = select(1., smallHat, zHat >= 0.) / (1. + smallHat);
    float apart = abs(d);
    ${expm1Text('moved', '-apart')}
    float change = select(q * pOfFalse * -moved, p * qOfFalse * moved, d >= 0.);
    float bounded = min(d, 40.);
    ${expm1Text('grown', 'bounded')}
    float shift = q * grown;
    ${log1pText('softplus', 'small')}
    ${log1pText('softplusHat', 'smallHat')}
    ${correction('d', '(max(z, 0.) - max(zHat, 0.)) + (softplus - softplusHat)')}
    float delta = d - correction;
    float deltaOfFalse = -correction;`,
  difference: 'change',
  symmetric: symmetricTerm('d'),
  forward: `${forwardTerm('p', 'difference', 'delta')}
    + ${forwardTerm('pOfFalse', '-difference', 'deltaOfFalse')}`,
};

/** The same in both directions. */
const linear: HeadText = {
  columns: [],
  ofRow: () => '',
  predict: 'float change = noisy(b, i, k) - clean(b, i, k);',
  difference: 'change',
  symmetric: '0.5 * difference * difference',
  forward: '0.5 * difference * difference',
};

export const headText: Readonly<Record<Head, HeadText>> = { softmax, sigmoid, linear };

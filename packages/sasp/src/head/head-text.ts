import { expText, type Head, log1pText, sumsText, type Text } from '@toploss/core/kit';

/** The table of heads.ts, for label k of example i: expressions in z, y, and what `predict` declares. */
interface HeadText {
  /** The numbers of an example that `predict` reads; none but for a softmax. */
  readonly columns: readonly string[];
  /** Declares them. */
  readonly ofRow: (classes: number) => Text;
  readonly predict: Text;
  /** ℓ, a sum over the labels. */
  readonly loss: Text;
  readonly fisher: CurvatureText;
  readonly hessian: CurvatureText;
}

interface CurvatureText {
  /** c, and the other sums over the labels that the gradient reads. */
  readonly sums: Readonly<{ c: Text }> & Readonly<Record<string, Text>>;
  /** ∂c/∂z */
  readonly gradient: Text;
}

const relative: Text = 'float a = logits(0, i, k) - largest;';

const softmax: HeadText = {
  columns: ['largest', 'likely', 'others'],
  // The likely class has 1 − p as the sum of all others, over 1 + others.
  ofRow: (classes) => `
    float largest = logits(0, i, 0);
    float likely = 0.;
    for (int k = 1; k < ${classes}; k++) {
      float z = logits(0, i, k);
      likely = select(likely, float(k), z > largest);
      largest = select(largest, z, z > largest);
    }
    ${sumsText({ k: classes }, { others: `select(${expText('a')}, 0., float(k) == likely)` }, relative)}
    ${log1pText('logSum', 'others')}`,
  predict: `
    bool isLikely = float(k) == likely;
    float p = exp(z - largest) / (1. + others);
    float q = select(1. - p, others / (1. + others), isLikely);
    float e = p * (1. - y) - q * y;`,
  loss: 'select(-y * (z - largest - logSum), 0., y == 0.)',
  fisher: {
    sums: { c: 'e * e', mean: 'p * e', meanOfOthers: 'select(p * e, 0., isLikely)' },
    gradient: '2. * p * select(e - mean, q * e - meanOfOthers, isLikely)',
  },
  hessian: { sums: { c: 'p * q' }, gradient: '2. * p * (q - c)' },
};

const sigmoid: HeadText = {
  columns: [],
  ofRow: () => '',
  predict: `
    float small = ${expText('-abs(z)')};
    float p = select(small, 1., z >= 0.) / (1. + small);
    float q = select(1., small, z >= 0.) / (1. + small);
    float e = p * (1. - y) - q * y;
    ${log1pText('softplus', 'small')}`,
  loss: 'select(0., z, z > 0.) - select(y * z, 0., y == 0.) + softplus',
  fisher: { sums: { c: 'e * e' }, gradient: '2. * e * p * q' },
  hessian: { sums: { c: 'p * q' }, gradient: 'p * q * (q - p)' },
};

const linear: HeadText = {
  columns: [],
  ofRow: () => '',
  predict: 'float e = z - y;',
  loss: '0.5 * e * e',
  fisher: { sums: { c: 'e * e' }, gradient: '2. * e' },
  hessian: { sums: { c: '1.' }, gradient: '0.' },
};

export const headText: Readonly<Record<Head, HeadText>> = { softmax, sigmoid, linear };

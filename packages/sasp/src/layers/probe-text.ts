import type { Head, Text } from '@toploss/core/kit';
import { classSumsText, classText } from '../trace/class-sums.js';

/** The table of probe.ts, for entry [i, j], in the language of programs. */
interface ProbeText {
  /** Returns u. */
  readonly u: (classes: number) => Text;
  /** Declares `trace` of row i. */
  readonly trace: (classes: number) => Text;
  /** Returns ∂L/∂z from G(k) and t, the gradients by u and the trace. */
  readonly pullback: (classes: number) => Text;
}

const R = 'sqrt(p) * xi(0, i, k)';
const sumsOfR = { ofLikely: `select(0., ${R}, isLikely)`, ofOthers: `select(${R}, 0., isLikely)` };
const entry = (head: Head): Text => `int k = j; ${classText(head)}`;

const softmax: ProbeText = {
  // As in probe.ts: the likely class by the sums over all others, since r − p Σr loses all digits as p → 1.
  u: (classes) => `
    ${classSumsText('softmax', classes, [sumsOfR])}
    ${entry('softmax')}
    float r = ${R};
    return select(r - p * (ofLikely + ofOthers), q * r - p * ofOthers, isLikely);`,
  trace: (classes) => classSumsText('softmax', classes, [{ trace: 'p * q' }]),
  pullback: (classes) => {
    const w = `0.5 * ${R} * (G(0, i, k) - mean) - p * G(0, i, k) * (ofLikely + ofOthers)`;
    return `
    ${classSumsText('softmax', classes, [
      { ...sumsOfR, trace: 'p * q', mean: 'p * G(0, i, k)' },
      { wOfLikely: `select(0., ${w}, isLikely)`, wOfOthers: `select(${w}, 0., isLikely)` },
    ])}
    float sum = wOfLikely + wOfOthers;
    ${entry('softmax')}
    float own = select(${w} - p * sum, q * sum - wOfOthers, isLikely);
    return own + 2. * t * p * (q - trace);`;
  },
};

const sigmoid: ProbeText = {
  u: () => `${entry('sigmoid')} return sqrt(p * q) * xi(0, i, k);`,
  trace: (classes) => classSumsText('sigmoid', classes, [{ trace: 'p * q' }]),
  pullback: () => `
    ${entry('sigmoid')}
    return (q - p) * (0.5 * sqrt(p * q) * xi(0, i, k) * G(0, i, k) + t * p * q);`,
};

const linear: ProbeText = {
  u: () => 'return xi(0, i, j);',
  trace: (classes) => `float trace = ${classes}.;`,
  pullback: () => 'return 0. * t;',
};

export const probeText: Readonly<Record<Head, ProbeText>> = { softmax, sigmoid, linear };

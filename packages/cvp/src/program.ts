import type * as tf from '@tensorflow/tfjs-core';
import { addAll, blocksOf, launch, sumsText, type Text } from '@toploss/core/kit';
import { steepness } from './inputs.js';
import type { Decaying, DecayOptions, Decays } from './loop.js';

/** A program reads two tensors of each parameter and the units, and WebGPU allows eight buffers with the result. */
const TOGETHER = 3;

/** A thread goes along a row. Above this a row is too long for one thread. */
const LONGEST_ROW = 4096;

export const isForPrograms = (pieces: readonly Decaying[]): boolean =>
  pieces.length > 0 &&
  pieces.every(({ theta: { size, shape } }) => size > 0 && (shape.at(-1) ?? 1) <= LONGEST_ROW);

/**
 * `addDecay` of all parameters by programs: one for each sum, and two for each three parameters that compute the units of
 * s = θ⊙u. Φ takes one for each three parameters and one that adds up.
 */
export function decaysByPrograms(pieces: readonly Decaying[], options: DecayOptions): Decays {
  const { isNormalized, beta } = steepness(options);
  const { factor = 1 } = options;
  const groups = Array.from({ length: Math.ceil(pieces.length / TOGETHER) }, (_, k) => {
    const group = pieces.slice(k * TOGETHER, (k + 1) * TOGETHER);
    return { group, units: isNormalized ? unitsOf(group) : undefined };
  });
  return {
    sums: groups.flatMap(({ group, units }) =>
      group.map(({ theta, u, to }, k) =>
        launch({
          inputs: { theta, u, ...(units && { units }), ...(to && { to }) },
          numbers: { beta, factor },
          shape: theta.shape,
          entry: `
            float w = theta(b, i, j);
            float step = u(b, i, j);
            float decay = w * ${gate(options, k)};
            return ${to ? 'to(b, i, j) + factor * decay' : 'decay'};`,
        }),
      ),
    ),
    value: (c) =>
      addAll(groups.map(({ group, units }) => penaltyOf(group, units, options, beta, c))),
  };
}

/** The gate of the weight w and its step. `units` has max|u| and rms(θ⊙u/max|u|) of the k-th parameter. */
function gate(options: DecayOptions, k: number): Text {
  const { isHard, isNormalized } = steepness(options);
  const s = isNormalized ? `w * (step / units(0, 0, ${k})) / units(0, 1, ${k})` : 'w * step';
  const open = isHard
    ? 'select(0., 1., w * (beta * step) >= 0.)'
    : `1. / (1. + exp(min(-beta * (${s}), 87.)))`; // e⁸⁸ overflows
  return options.isClosedAtRest ? `select(0., ${open}, step != 0.)` : `(${open})`;
}

/** Zeros have a unit too. */
const TINY = '1e-30';

/** max|u|, and rms(θ⊙u) as a multiple of it, of each parameter: [2, parameters]. Small gradients do not underflow. */
function unitsOf(group: readonly Decaying[]): tf.Tensor {
  const parts = countParts(group);
  const largest = (k: number) => `largest = max(largest, abs(u${k}(block, row, column)));`;
  const squares = (k: number) => `
    float s = theta${k}(block, row, column) * (u${k}(block, row, column) / largest);
    squares += s * s / ${group[k]!.theta.size}.;`;
  const partial = launch({
    inputs: inputsOf(group),
    shape: [group.length, 2, parts],
    entry: `
      float largest = ${TINY};
      ${alongRows(group, largest)}
      if (i == 0) { return largest; }
      float squares = 0.;
      ${alongRows(group, squares)}
      return sqrt(squares);`,
  });
  return launch({
    inputs: { partial },
    shape: [2, group.length],
    entry: `
      float largest = ${TINY};
      for (int k = 0; k < ${parts}; k++) { largest = max(largest, partial(j, 0, k)); }
      ${sumsText(
        { k: parts },
        { squares: 's * s' },
        'float s = partial(j, 1, k) * (partial(j, 0, k) / largest);',
      )}
      return select(max(sqrt(squares), ${TINY}), largest, i == 0);`,
  });
}

/** c ½ Σ aθ² */
function penaltyOf(
  group: readonly Decaying[],
  units: tf.Tensor | undefined,
  options: DecayOptions,
  beta: number,
  c: number,
): tf.Scalar {
  const parts = countParts(group);
  const squares = (k: number) => `
    float w = theta${k}(block, row, column);
    float step = u${k}(block, row, column);
    squares += w * w * ${gate(options, k)};`;
  const partial = launch({
    inputs: { ...inputsOf(group), ...(units && { units }) },
    numbers: { beta },
    shape: [group.length, 1, parts],
    entry: `float squares = 0.; ${alongRows(group, squares)} return squares;`,
  });
  const sum = sumsText({ k: group.length, part: parts }, { sum: 'partial(k, 0, part)' });
  const entry = `${sum} return 0.5 * c * sum;`;
  return launch({ inputs: { partial }, numbers: { c }, shape: [], entry });
}

const inputsOf = (group: readonly Decaying[]) =>
  Object.fromEntries(
    group.flatMap(({ theta, u }, k) => [
      [`theta${k}`, theta],
      [`u${k}`, u],
    ]),
  );

const countRows = ({ theta: { size, shape } }: Decaying) => size / (shape.at(-1) ?? 1);

/** Sums run in so many parts of whole rows, of the largest parameter about as many as entries in a part. */
const countParts = (group: readonly Decaying[]): number =>
  Math.max(
    ...group.map((of) =>
      Math.min(countRows(of), Math.max(16, Math.ceil(Math.sqrt(of.theta.size)))),
    ),
  );

/** Runs a statement over the entries [block, row, column] of part j of parameter b. */
const alongRows = (group: readonly Decaying[], statement: (parameter: number) => Text): Text =>
  group
    .map((of, k) => {
      const [, height, width] = blocksOf(of.theta.shape);
      const rows = Math.ceil(countRows(of) / countParts(group));
      return `
      if (b == ${k}) {
        for (int r = 0; r < ${rows}; r++) {
          int along = j * ${rows} + r;
          if (along >= ${countRows(of)}) { break; }
          int block = along / ${height};
          int row = along - block * ${height};
          for (int column = 0; column < ${width}; column++) { ${statement(k)} }
        }
      }`;
    })
    .join('');

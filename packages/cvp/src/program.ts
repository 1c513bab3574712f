import type * as tf from '@tensorflow/tfjs-core';
import { addAll, blocksOf, launch } from '@toploss/core/kit';
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
  const groups = Array.from({ length: Math.ceil(pieces.length / TOGETHER) }, (_, k) => {
    const group = pieces.slice(k * TOGETHER, (k + 1) * TOGETHER);
    return { group, units: isNormalized ? unitsOf(group) : undefined };
  });
  return {
    sums: groups.flatMap(({ group, units }) =>
      group.map(({ theta, u, target }, k) =>
        launch({
          inputs: { theta, u, ...(units && { units }), ...(target && { to: target.to }) },
          numbers: { beta, factor: target?.factor ?? 1 },
          shape: theta.shape,
          entry: `
            float w = theta(b, i, j);
            float step = u(b, i, j);
            float decay = w * ${gate(options, k)};
            return ${target ? 'to(b, i, j) + factor * decay' : 'decay'};`,
        }),
      ),
    ),
    value: (c) =>
      addAll(groups.map(({ group, units }) => penaltyOf(group, units, options, beta, c))),
  };
}

/** The gate of the weight w and its step. `units` has max|u| and rms(θ⊙u/max|u|) of the k-th parameter. */
function gate(options: DecayOptions, k: number): string {
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
  const parts = partsOf(group);
  const partial = launch({
    inputs: inputsOf(group),
    shape: [2, parts.total],
    entry: `
      float largest = ${TINY};
      float squares = 0.;
      ${alongRows(parts, (k) => `largest = max(largest, abs(u${k}(block, row, column)));`)}
      if (i == 0) { return largest; }
      ${alongRows(
        parts,
        (k) => `
          float s = theta${k}(block, row, column) * (u${k}(block, row, column) / largest);
          squares += s * s;`,
      )}
      return sqrt(squares);`,
  });
  return launch({
    inputs: { partial },
    shape: [2, group.length],
    entry: `
      float largest = ${TINY};
      float squares = 0.;
      ${parts.of
        .map(
          ({ first, count, size }, k) => `
          if (j == ${k}) {
            for (int k = ${first}; k < ${first + count}; k++) { largest = max(largest, partial(0, 0, k)); }
            for (int k = ${first}; k < ${first + count}; k++) {
              float s = partial(0, 1, k) * (partial(0, 0, k) / largest);
              squares += s * s / ${size}.;
            }
          }`,
        )
        .join('')}
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
  const parts = partsOf(group);
  const partial = launch({
    inputs: { ...inputsOf(group), ...(units && { units }) },
    numbers: { beta },
    shape: [parts.total],
    entry: `
      float squares = 0.;
      ${alongRows(
        parts,
        (k) => `
          float w = theta${k}(block, row, column);
          float step = u${k}(block, row, column);
          squares += w * w * ${gate(options, k)};`,
      )}
      return squares;`,
  });
  return launch({
    inputs: { partial },
    numbers: { c },
    shape: [],
    entry: `
      float sum = 0.;
      for (int k = 0; k < ${parts.total}; k++) { sum += partial(0, 0, k); }
      return 0.5 * c * sum;`,
  });
}

const inputsOf = (group: readonly Decaying[]) =>
  Object.fromEntries(
    group.flatMap(({ theta, u }, k) => [
      [`theta${k}`, theta],
      [`u${k}`, u],
    ]),
  );

interface Parts {
  /** Of each parameter: its size, its parts, and the rows of each part. */
  readonly of: readonly {
    readonly size: number;
    readonly shape: readonly [number, number, number];
    readonly first: number;
    readonly count: number;
    readonly rows: number;
  }[];
  readonly total: number;
}

/** Sums run in parts of whole rows: about as many parts as entries in a part. */
function partsOf(group: readonly Decaying[]): Parts {
  let total = 0;
  const of = group.map(({ theta }) => {
    const shape = blocksOf(theta.shape);
    const all = shape[0] * shape[1];
    const rows = Math.ceil(all / Math.max(16, Math.ceil(Math.sqrt(theta.size))));
    const part = { size: theta.size, shape, first: total, count: Math.ceil(all / rows), rows };
    total += part.count;
    return part;
  });
  return { of, total };
}

/** Runs a statement over the entries [block, row, column] of the j-th part. */
const alongRows = ({ of }: Parts, statement: (parameter: number) => string): string =>
  of
    .map(
      ({ shape: [blocks, height, width], first, count, rows }, k) => `
      if (j >= ${first} && j < ${first + count}) {
        for (int r = 0; r < ${rows}; r++) {
          int along = (j - ${first}) * ${rows} + r;
          int block = along / ${height};
          int row = along - block * ${height};
          if (block < ${blocks}) {
            for (int column = 0; column < ${width}; column++) { ${statement(k)} }
          }
        }
      }`,
    )
    .join('');

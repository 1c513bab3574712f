import * as tf from '@tensorflow/tfjs-core';
import { constant, dot } from '@toploss/core';
import { type ConvLayer, type DenseLayer, pair } from './layers.js';
import { squaresOfRows } from './squares.js';

/**
 * What the trace counts: the bias of each layer or not, and each kernel's entries by the unit, or by their
 * size, the root mean square ρ. A bias has no share in that.
 */
export interface Measure {
  readonly scale: Scale;
  readonly includeBias: boolean;
}

export type Scale = 'absolute' | 'relative';

export const measureOf = ({
  scale = 'absolute',
  includeBias = true,
}: Partial<Measure>): Measure => ({ scale, includeBias: includeBias && scale === 'absolute' });

/** ρ² = mean(W∘W), a constant in the gradient. */
export const meanSquare = (kernel: tf.Tensor): tf.Scalar =>
  constant(() => tf.div(dot(kernel, kernel), Math.max(kernel.size, 1)));

const measured = (share: tf.Tensor, kernel: tf.Tensor, { scale }: Measure): tf.Tensor =>
  scale === 'relative' ? tf.mul(meanSquare(kernel), share) : share;

/**
 * S = ‖x‖² + 1, or ρ²‖x‖², of every example. The derivative of ⟨δ, xW + b⟩ by W is x δᵀ, so that a dense
 * layer's share of the trace is ‖δ‖² S.
 */
export function squaredInput(layer: DenseLayer, measure: Measure): tf.Tensor {
  const squares = squaresOfRows(layer.input);
  const isCounted = measure.includeBias && hasBias(layer);
  return measured(isCounted ? tf.add(squares, 1) : squares, layer.kernel, measure);
}

const hasBias = ({ includeBias }: DenseLayer | ConvLayer): boolean => includeBias !== false;

/**
 * A convolution's share: ‖∂⟨δ, s⟩/∂K‖², of every example. The kernel is used at every position, so its derivative is a sum over positions, one for each offset in the
 * window, and it is that sum's norm that counts:
 *
 *     G[i, j] = Σ_p x[p·stride + (i, j)] δ[p]ᵀ,   share = Σ_ij ‖G[i, j]‖² + ‖Σ_p δ[p]‖²,   or ρ² Σ_ij ‖G[i, j]‖²
 *
 * The sum of the norms, Σ_p ‖δ[p]‖² ‖patch[p]‖², is cheaper, and close to it where the positions are
 * flattened, but many times too small where they are averaged.
 */
export function convShare(layer: ConvLayer, delta: tf.Tensor4D, measure: Measure): tf.Tensor {
  const [batch, height, width, fanOut] = delta.shape;
  const [rows, columns, channels] = layer.kernel.shape;
  const strides = pair(layer.strides ?? 1);
  const positions = tf.reshape(delta, [batch, height * width, fanOut]);
  const padded = pad(layer, [height, width]);

  const squares: tf.Tensor[] = [];
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) {
      const reach = [height, width].map((size, axis) => (size - 1) * (strides[axis] as number) + 1);
      const window = tf.slice(padded, [0, i, j, 0], [batch, ...reach, channels] as [
        number,
        number,
        number,
        number,
      ]);
      const x = tf.reshape(everyNth(window, strides), [batch, height * width, channels]);
      squares.push(squaresOfRows(tf.matMul(x, positions, true)));
    }
  }
  if (measure.includeBias && hasBias(layer)) {
    squares.push(squaresOfRows(tf.sum(positions, 1)));
  }
  return measured(tf.addN(squares), layer.kernel, measure);
}

/** The input with the zeros around it that `pad: 'same'` puts there. */
function pad(
  { input, kernel, strides = 1, pad }: ConvLayer,
  output: readonly number[],
): tf.Tensor4D {
  if (pad !== 'same') {
    return input;
  }
  const margins = [0, 1].map((axis) => {
    const reach = ((output[axis] as number) - 1) * (pair(strides)[axis] as number);
    const total = Math.max(
      0,
      reach + (kernel.shape[axis] as number) - (input.shape[axis + 1] as number),
    );
    return [Math.floor(total / 2), Math.ceil(total / 2)] as [number, number];
  });
  return tf.pad(input, [[0, 0], ...margins, [0, 0]] as [number, number][]);
}

/** Every n-th row and column. tfjs has no gradient of a strided slice; a pool over single pixels has one. */
const everyNth = (x: tf.Tensor4D, strides: [number, number]): tf.Tensor4D =>
  strides[0] === 1 && strides[1] === 1 ? x : tf.avgPool(x, 1, strides, 'valid');

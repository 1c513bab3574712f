import * as tf from '@tensorflow/tfjs-core';
import type { Block } from '@toploss/core/kit';

/**
 * Operations that choose, entry by entry, which input they pass on. Their gradients depend on their inputs only through that
 * choice.
 */
const CHOOSING = new Set([
  ...['Relu', 'Relu6', 'LeakyRelu', 'Abs', 'Maximum', 'Minimum', 'ClipByValue', 'Select'],
  ...['MaxPool', 'MaxPool3D', 'Max', 'Min'],
]);

/** The part of a tape node of tfjs that is read here. */
interface TapeNode {
  readonly kernelName: string;
  readonly inputs: tf.NamedTensorMap;
  readonly outputs: readonly tf.Tensor[];
  gradient?: Gradient;
}

type Gradient = (dys: tf.Tensor[]) => Record<string, () => tf.Tensor>;

/** The open tape, or an empty one. */
export const openTape = (): readonly TapeNode[] => {
  const { gradientDepth, activeTape } = tf.engine().state;
  return gradientDepth > 0 ? activeTape : [];
};

/**
 * Differentiates a second pass with the choices of the first pass.
 *
 * A ReLU whose input changes sign between two passes would add its whole slope, divided by σ, to the gradient of their
 * difference. The derivative of the limit σ → 0 has no such jumps. If the passes do not consist of the same operations, each
 * keeps its own choices.
 *
 * @param start Where the second pass begins on the tape.
 * @param block The rows of the batch in the second pass.
 */
export function keepChoices(
  start: number,
  first: tf.Tensor,
  second: tf.Tensor,
  block: Block,
): void {
  const tape = openTape();
  const own = choicesBehind(second, tape.slice(start));
  const kept = own.length === 0 ? [] : choicesBehind(first, tape.slice(0, start));
  const batch = first.shape[0]!;
  const isSame = own.every((node, k) => isOfRows(kept[k], node, batch, block));
  if (own.length === kept.length && isSame) {
    for (const [k, node] of own.entries()) {
      node.gradient = ofRows(kept[k]?.gradient as Gradient, batch, block);
    }
  }
}

/** The choices that a result depends on, in the order of the tape. */
function choicesBehind(result: tf.Tensor, tape: readonly TapeNode[]): TapeNode[] {
  const needed = new Set([result.id]);
  const behind = [...tape].reverse().filter(({ inputs, outputs }) => {
    const isNeeded = outputs.some(({ id }) => needed.has(id));
    if (isNeeded) {
      for (const { id } of Object.values(inputs)) {
        needed.add(id);
      }
    }
    return isNeeded;
  });
  return behind.filter(({ kernelName }) => CHOOSING.has(kernelName)).reverse();
}

const shapeOf = (node: TapeNode) => node.outputs[0]!.shape;

/** Whether `part` is the same operation as `whole`, on a block of its rows or on tensors without rows. */
function isOfRows(
  whole: TapeNode | undefined,
  part: TapeNode,
  batch: number,
  { size }: Block,
): boolean {
  if (whole === undefined || whole.kernelName !== part.kernelName) {
    return false;
  }
  const [rows, ...rest] = shapeOf(whole);
  const [partRows, ...partRest] = shapeOf(part);
  const isRest = rest.join() === partRest.join();
  return isRest && (rows === partRows || (rows ?? 0) * size === (partRows ?? 0) * batch);
}

/** Applies the gradient of the whole batch to a block of its rows, with 0 for the other rows. */
function ofRows(gradient: Gradient, batch: number, { start, size }: Block): Gradient {
  if (size === batch) {
    return gradient;
  }
  return (dys) => {
    const each = dys[0]!.shape[0]! / size;
    const [before, after] = [start * each, (batch - start - size) * each];
    const padded = dys.map((dy) => {
      const margins = dy.shape.map((_, axis): [number, number] =>
        axis === 0 ? [before, after] : [0, 0],
      );
      return tf.pad(dy, margins);
    });
    const grads = Object.entries(gradient(padded));
    return Object.fromEntries(
      grads.map(([name, grad]) => [name, () => tf.slice(grad(), before, size * each)]),
    );
  };
}

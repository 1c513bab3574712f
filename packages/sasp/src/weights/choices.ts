import * as tf from '@tensorflow/tfjs-core';
import type { Block } from '@toploss/core/kit';

/**
 * Operations that choose, entry by entry, what they let through. Their gradients read of their inputs what was chosen, and
 * nothing else.
 */
const CHOOSING = new Set([
  ...['Relu', 'Relu6', 'LeakyRelu', 'Abs', 'Maximum', 'Minimum', 'ClipByValue', 'Select'],
  ...['MaxPool', 'MaxPool3D', 'Max', 'Min'],
]);

/** An operation on a tape of tfjs, as far as it is read here. */
interface TapeNode {
  readonly kernelName: string;
  readonly inputs: tf.NamedTensorMap;
  readonly outputs: readonly tf.Tensor[];
  gradient?: Gradient;
}

type Gradient = (dys: tf.Tensor[]) => Record<string, () => tf.Tensor>;

/** The tape that is open; of none, nothing. */
export const openTape = (): readonly TapeNode[] => {
  const { gradientDepth, activeTape } = tf.engine().state;
  return gradientDepth > 0 ? activeTape : [];
};

/**
 * Lets a second pass go back through the choices of the first one, whatever it chose itself.
 *
 * A ReLU whose input changes its sign between two passes would add its whole slope, divided by σ, to the gradient of their
 * difference. The derivative of the limit σ → 0 has no such jumps. Where the passes are not made of the same operations,
 * each keeps its own.
 *
 * @param start Where the second pass begins on the tape.
 * @param block The rows of the batch that the second pass has.
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

/** What a result depends on, in the order of the tape. */
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

/** Whether one node is the other one on a block of the batch's rows, or on what has no rows. */
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

/** A gradient of the whole batch, for some of its rows: what comes from the others is 0. */
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

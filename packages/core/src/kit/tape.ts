import * as tf from '@tensorflow/tfjs-core';

/** An operation that a gradient tape recorded. */
export interface Operation {
  readonly kernelName: string;
  readonly inputs: Readonly<tf.NamedTensorMap>;
  readonly outputs: readonly tf.Tensor[];
  /** From the gradients by the outputs to those by the inputs. */
  readonly gradient?: (dys: (tf.Tensor | null)[]) => Record<string, () => tf.Tensor>;
  readonly saved?: readonly tf.Tensor[];
}

interface Tape {
  readonly gradientDepth: number;
  kernelDepth: number;
  activeTape?: readonly Operation[] | null;
}

interface Recorder {
  readonly state: Tape;
  addTapeNode(
    kernelName: string,
    inputs: tf.Tensor[],
    outputs: tf.Tensor[],
    gradient: (dy: tf.Tensor) => (() => tf.Tensor)[],
    saved: readonly tf.Tensor[],
    attributes: object,
  ): void;
}

const recorder = () => tf.engine() as unknown as Recorder;

/** Whether a gradient is being computed, which records all operations on its tape. */
export const isInGradient = (): boolean => recorder().state.gradientDepth > 0;

/** The operations on the open tape, those that compute a tensor before those that read it. */
export const recorded = (): readonly Operation[] => recorder().state.activeTape ?? [];

/** f, whose operations no tape records: its results are constants. */
export function unrecorded<T>(f: () => T): T {
  const { state } = recorder();
  state.kernelDepth += 1;
  try {
    return f();
  } finally {
    state.kernelDepth -= 1;
  }
}

/**
 * Records `output` as an operation on `inputs`. Unlike `withPullback`, it computes a gradient only if it is needed.
 *
 * @param saved Kept tensors, which live as long as the tape.
 * @param gradients From ∂L/∂output to ∂L/∂input of each input.
 */
export function record(
  inputs: tf.Tensor[],
  output: tf.Tensor,
  saved: readonly tf.Tensor[],
  gradients: (dy: tf.Tensor) => (() => tf.Tensor)[],
): void {
  recorder().addTapeNode('', inputs, [output], gradients, saved, {});
}

/** Disposes of the tensors saved on a tape whose backward pass threw, which tfjs would leak. */
export function forgetTape(): void {
  const { state } = recorder();
  if (state.gradientDepth === 0) {
    for (const { saved } of state.activeTape ?? []) {
      tf.dispose([...(saved ?? [])]);
    }
    state.activeTape = null;
  }
}

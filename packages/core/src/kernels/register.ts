import * as tf from '@tensorflow/tfjs-core';
import { conv2dBackpropFilter } from './conv2d-backprop-filter.js';

type Kernel = (inputs: never, attributes: never) => tf.TensorInfo;

/** What gradients run, and the wasm backend of tfjs does not have. */
const missing: Record<string, Kernel> = {
  Conv2DBackpropFilter: conv2dBackpropFilter,
};

/**
 * Registers the kernels that gradients need on wasm, except for those that the backend has. The backend may
 * be imported earlier or later; a kernel of its own that it registers later replaces the one from here.
 */
export function registerWasmKernels(): void {
  for (const [kernelName, kernel] of Object.entries(missing)) {
    if (tf.getKernel(kernelName, 'wasm') === undefined) {
      tf.registerKernel({
        kernelName,
        backendName: 'wasm',
        kernelFunc: ({ inputs, attrs }) => kernel(inputs as never, attrs as never),
      });
    }
  }
}

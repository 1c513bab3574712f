import * as tf from '@tensorflow/tfjs-core';
import { conv2dBackpropFilter } from './conv2d-backprop-filter.js';
import { conv2dBackpropInput } from './conv2d-backprop-input.js';
import { depthwiseBackpropFilter } from './depthwise-backprop-filter.js';
import { depthwiseBackpropInput } from './depthwise-backprop-input.js';
import { maxPoolGrad } from './max-pool-grad.js';
import { unsortedSegmentSum } from './unsorted-segment-sum.js';

/** A kernel that returns `undefined` leaves the call to the kernel of the backend. */
type Kernel = (inputs: never, attributes: never) => tf.TensorInfo | undefined;

/** Kernels that gradients run and wasm lacks. If a version of the backend has one, the kernel of the backend stays. */
const missing: Record<string, Kernel> = {
  Conv2DBackpropFilter: conv2dBackpropFilter,
  DepthwiseConv2dNativeBackpropFilter: depthwiseBackpropFilter,
  DepthwiseConv2dNativeBackpropInput: depthwiseBackpropInput,
  UnsortedSegmentSum: unsortedSegmentSum,
};

/** Kernels that wasm has, but the first is slow and the second is wrong. */
const better: Record<string, Kernel> = {
  Conv2DBackpropInput: conv2dBackpropInput,
  MaxPoolGrad: maxPoolGrad,
};

/** Marks that the kernels are registered. No operation runs it; tfjs calls its `setupFunc` when the backend starts. */
const marker = 'ToplossGradients';

/**
 * Registers the kernels that gradients need on wasm: now, if the backend has been imported, else when it starts. The
 * backend's own kernels are registered by then, so tfjs does not warn that one is registered twice.
 */
export function registerKernels(backendName: string): void {
  if (tf.getKernel(marker, backendName) !== undefined) {
    return;
  }
  const isImported = tf.findBackendFactory(backendName) != null;
  if (isImported) {
    for (const [kernelName, kernel] of Object.entries({ ...missing, ...better })) {
      register(kernelName, backendName, kernel);
    }
  }
  tf.registerKernel({
    kernelName: marker,
    backendName,
    kernelFunc: () => {
      throw new Error(`core: expected no operation to run the kernel ${marker}. Received: one.`);
    },
    setupFunc: () => {
      if (!isImported) {
        tf.unregisterKernel(marker, backendName);
        registerKernels(backendName);
      }
    },
  });
}

function register(kernelName: string, backendName: string, kernel: Kernel): void {
  const own = tf.getKernel(kernelName, backendName) as tf.KernelConfig | undefined;
  if (own !== undefined) {
    if (kernelName in missing) {
      return;
    }
    tf.unregisterKernel(kernelName, backendName);
  }
  tf.registerKernel({
    ...own, // with what the backend prepares for its kernel
    kernelName,
    backendName,
    kernelFunc: (call) => {
      const result = kernel(call.inputs as never, call.attrs as never) ?? own?.kernelFunc(call);
      return result as tf.TensorInfo;
    },
  });
}

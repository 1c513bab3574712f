import * as tf from '@tensorflow/tfjs-core';
import { afterEach, expect, test, vi } from 'vitest';
import { registerWasmKernels } from '../../src/kernels/register.js';

const kernelName = 'Conv2DBackpropFilter';
const kernelOf = (name: string) => tf.getKernel(name, 'wasm') as tf.KernelConfig | undefined;

function unregister() {
  if (kernelOf(kernelName) !== undefined) {
    tf.unregisterKernel(kernelName, 'wasm');
  }
}

/** As a later version of the backend would have it. */
const own: tf.KernelConfig = { kernelName, backendName: 'wasm', kernelFunc: () => tf.scalar(0) };

afterEach(() => {
  unregister();
  vi.restoreAllMocks();
});

test('a kernel of the backend stays, without a warning', () => {
  const warn = vi.spyOn(console, 'warn');
  unregister();
  tf.registerKernel(own);
  const max = kernelOf('MaxPoolGrad');
  registerWasmKernels();
  expect(kernelOf(kernelName)).toBe(own);
  expect(kernelOf('MaxPoolGrad')).toBe(max);
  expect(warn).not.toHaveBeenCalled();
});

test('a kernel that the backend registers later wins', () => {
  unregister();
  registerWasmKernels();
  expect(kernelOf(kernelName)).toBeDefined();
  vi.spyOn(console, 'warn').mockImplementation(() => {}); // tfjs' own: "already registered"
  tf.registerKernel(own);
  expect(kernelOf(kernelName)).toBe(own);
});

test('a second time is none, and no other backend gets a kernel', () => {
  const warn = vi.spyOn(console, 'warn');
  const onCpu = tf.getKernel(kernelName, 'cpu');
  unregister();
  registerWasmKernels();
  const first = kernelOf(kernelName);
  registerWasmKernels();
  expect(kernelOf(kernelName)).toBe(first);
  expect(tf.getKernel(kernelName, 'cpu')).toBe(onCpu);
  expect(warn).not.toHaveBeenCalled();
});

import * as tf from '@tensorflow/tfjs-core';
import { expectThrows } from '@toploss/testing';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { registerKernels } from '../../src/kernels/register.js';

const backendName = 'later';
const before = tf.getBackend();
const kernelOf = (name: string) => tf.getKernel(name, backendName) as tf.KernelConfig | undefined;

/** What importing a backend does: it has its own kernel for `names`, which gives 7. */
function importBackend(names: readonly string[]): tf.KernelConfig[] {
  class Backend extends tf.KernelBackend {
    override dispose() {}
  }
  tf.registerBackend(backendName, () => new Backend());
  return names.map((kernelName) => {
    const own = {
      kernelName,
      backendName,
      kernelFunc: vi.fn(() => tf.scalar(7)),
      setupFunc: vi.fn(),
    };
    tf.registerKernel(own);
    return own;
  });
}

const missing = [
  'Conv2DBackpropFilter',
  'DepthwiseConv2dNativeBackpropFilter',
  'DepthwiseConv2dNativeBackpropInput',
  'UnsortedSegmentSum',
];

beforeEach(() => {
  vi.spyOn(console, 'warn');
});

afterEach(async () => {
  expect(console.warn).not.toHaveBeenCalledWith(expect.stringContaining('registered'));
  vi.restoreAllMocks();
  await tf.setBackend(before);
  tf.removeBackend(backendName);
  for (const { kernelName } of tf.getKernelsForBackend(backendName)) {
    tf.unregisterKernel(kernelName, backendName);
  }
});

test('at once, where the backend has been imported', () => {
  importBackend(['Add']);
  registerKernels(backendName);
  for (const name of [...missing, 'MaxPoolGrad']) {
    expect(kernelOf(name)).toBeDefined();
  }
});

test('when the backend starts, where it is imported later', async () => {
  registerKernels(backendName);
  expect(kernelOf('UnsortedSegmentSum')).toBeUndefined();
  const [add, max] = importBackend(['Add', 'MaxPoolGrad']);
  await tf.setBackend(backendName);
  for (const name of missing) {
    expect(kernelOf(name)).toBeDefined();
  }
  expect(kernelOf('Add')).toBe(add);
  expect(kernelOf('MaxPoolGrad')).not.toBe(max);
  expect(max?.setupFunc).toHaveBeenCalledOnce();
});

test('once, however often it is called and the backend starts', async () => {
  importBackend(['MaxPoolGrad']);
  registerKernels(backendName);
  const kernels = tf.getKernelsForBackend(backendName);
  registerKernels(backendName);
  await tf.setBackend(backendName);
  await tf.setBackend(before);
  await tf.setBackend(backendName);
  expect(tf.getKernelsForBackend(backendName)).toEqual(kernels);
});

test.each([true, false])(
  'a kernel that the backend has stays; imported first: %s',
  async (first) => {
    const own = first ? importBackend(missing) : [];
    registerKernels(backendName);
    own.push(...(first ? [] : importBackend(missing)));
    await tf.setBackend(backendName);
    expect(missing.map(kernelOf)).toEqual(own);
  },
);

test('what the filter does not leave to a convolution is run by the kernel of the backend', () => {
  const [own] = importBackend(['Conv2DBackpropInput']);
  registerKernels(backendName);
  const ones = (...shape: [number, number, number, number]) => tf.ones(shape);
  const run = (attrs: tf.NamedAttrMap) =>
    kernelOf('Conv2DBackpropInput')?.kernelFunc({
      inputs: { dy: ones(1, 2, 2, 1), filter: ones(1, 1, 1, 1) },
      backend: {},
      attrs: { pad: 'same', dataFormat: 'NHWC', dimRoundingMode: undefined as never, ...attrs },
    }) as tf.Tensor;
  tf.tidy(() => {
    expect(run({ strides: 1, inputShape: [1, 2, 2, 1] }).shape).toEqual([1, 2, 2, 1]);
    expect(own?.kernelFunc).not.toHaveBeenCalled();
    expect(run({ strides: 2, inputShape: [1, 4, 4, 1] }).dataSync()[0]).toBe(7);
    expect(own?.kernelFunc).toHaveBeenCalledOnce();
  });
});

test('no operation runs the kernel that marks the others', () => {
  importBackend([]);
  registerKernels(backendName);
  expectThrows(
    () => kernelOf('ToplossGradients')?.kernelFunc({ inputs: {}, backend: {} }),
    /^core: expected no operation to run the kernel ToplossGradients\. Received: one\.$/,
  );
});

import * as tf from '@tensorflow/tfjs-core';
import { expectNoLeak, expectThrows } from './leaks.js';

/** Whether values lie on a device, where a step does not read them, as it would have to wait. */
export const onDevice = (): boolean => ['device', 'webgl', 'webgpu'].includes(tf.getBackend());

/**
 * f throws this message where the values of tensors can be seen. On a device what is wrong with them is not
 * seen, and nothing thrown.
 */
export function expectThrowsWhereSeen(f: () => tf.TensorContainer, message: RegExp): void {
  if (onDevice()) {
    expectNoLeak(f);
  } else {
    expectThrows(f, message);
  }
}

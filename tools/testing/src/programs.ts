import * as tf from '@tensorflow/tfjs-core';

/** Whether the backend runs programs of our own. */
export const hasPrograms: boolean = ['webgl', 'webgpu'].includes(tf.getBackend());

/** Milliseconds; a software device takes seconds to compile when all cores are busy. */
const PATIENCE = 60_000;

/** What `byPrograms` returns after the device has said whether the programs compile. Throws if they do not. */
export async function decided<T>(f: () => T | undefined): Promise<T> {
  for (const start = Date.now(); Date.now() < start + PATIENCE; ) {
    const result = f();
    if (result !== undefined) {
      return result;
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error(`The programs do not compile on ${tf.getBackend()}.`);
}

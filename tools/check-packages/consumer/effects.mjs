// node effects.mjs MODULE...: loading them changes nothing that others see, as `sideEffects: false` says.
import assert from 'node:assert/strict';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-layers'; // the peer of `layers`, whose effects are its own

function visible() {
  const shared = [globalThis, tf.Tensor.prototype, tf.engine(), tf.env(), Array.prototype];
  return {
    properties: shared.map((object) => Object.getOwnPropertyNames(object).sort()),
    backends: Object.keys(tf.engine().registryFactory),
    kernels: tf.getKernelsForBackend('cpu').map(({ kernelName }) => kernelName),
    hasGradients: tf.getGradient('Sum') !== undefined,
    tensors: tf.memory().numTensors,
    flags: { ...tf.env().flags },
  };
}

await tf.ready();
const before = visible();
for (const module of process.argv.slice(2)) {
  await import(module);
  assert.deepEqual(visible(), before, `${module} has side effects`);
}

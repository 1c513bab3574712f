// tf.layers registers the gradients, which tfjs-core alone does not; see @toploss/core/gradients.
import '@tensorflow/tfjs-layers';
import '@tensorflow/tfjs-backend-cpu';
import { createRequire } from 'node:module';
import { dirname, sep } from 'node:path';
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import * as tf from '@tensorflow/tfjs-core';
import { registerDevice } from './device.js';

const wasm = createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm');
if (tf.findBackend('wasm') === null) {
  setWasmPaths(dirname(wasm) + sep);
}

registerDevice();

tf.disposeVariables(); // of the file before this one, in the same process: names are taken once

const backend = process.env.TFJS_BACKEND ?? 'cpu';
if (!(await tf.setBackend(backend))) {
  throw new Error(`The backend ${backend} does not start.`);
}

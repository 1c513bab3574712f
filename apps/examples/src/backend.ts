import { createRequire } from 'node:module';
import { dirname, sep } from 'node:path';
import '@tensorflow/tfjs-backend-cpu';
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import * as tf from '@tensorflow/tfjs-core';
import '@toploss/core/gradients';

/** WebAssembly trains this network several times faster; where it does not start, plain JavaScript does. */
export async function useBackend(wanted: string): Promise<void> {
  if (wanted !== 'wasm' && wanted !== 'cpu') {
    console.error(`--backend is wasm or cpu, not ${wanted}`);
    process.exit(1);
  }
  const wasm = createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm');
  setWasmPaths(dirname(wasm) + sep);
  if (!(await tf.setBackend(wanted).catch(() => false))) {
    console.log(`The backend '${wanted}' does not start here; 'cpu' takes its place.`);
    await tf.setBackend('cpu');
  }
}

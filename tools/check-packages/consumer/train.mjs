// node train.mjs OUT BACKEND...: trains on each backend, and writes what comes out.
import { readFileSync, writeFileSync } from 'node:fs';
import * as tf from '@tensorflow/tfjs';
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import { trainings } from './trainings.mjs';

const [out, ...backends] = process.argv.slice(2);
const isBundle = process.versions === undefined;
if (isBundle && backends.includes('wasm')) {
  // As from a server; there are no threads.
  const dist = 'node_modules/@tensorflow/tfjs-backend-wasm/dist';
  const url = (file) => `data:application/wasm;base64,${readFileSync(`${dist}/${file}`, 'base64')}`;
  const files = ['', '-simd', '-threaded-simd'].map((kind) => `tfjs-backend-wasm${kind}.wasm`);
  setWasmPaths(Object.fromEntries(files.map((file) => [file, url(file)])));
  tf.env().set('WASM_HAS_MULTITHREAD_SUPPORT', false);
}

const results = {};
for (const backend of backends) {
  if (!(await tf.setBackend(backend))) throw new Error(`${backend} does not start`);
  for (const [name, train] of Object.entries(trainings(tf))) {
    results[`${backend}, ${name}`] = await train();
  }
}
writeFileSync(out, JSON.stringify(results));

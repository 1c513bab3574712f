import { parentPort } from 'node:worker_threads';
import { useBackend } from '@toploss/examples/backend';
import { run, type Setting } from './run.js';

await useBackend('wasm');
parentPort?.on('message', (message: Setting | 'stop') => {
  if (message === 'stop') {
    process.exit();
  }
  parentPort?.postMessage({ setting: message, result: run(message) });
});

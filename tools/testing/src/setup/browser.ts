// Starts the backend of this project; see vitest.browser.config.ts.
import '@tensorflow/tfjs-layers'; // for the gradients, as in node.ts
import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-backend-webgl';
import '@tensorflow/tfjs-backend-webgpu';
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
// @ts-expect-error: the address that Vite serves the file from.
import wasm from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm.wasm?url';
import * as tf from '@tensorflow/tfjs-core';
import { inject } from 'vitest';

declare module 'vitest' {
  interface ProvidedContext {
    backend: 'cpu' | 'wasm' | 'webgl' | 'webgpu';
  }
}

setWasmPaths(wasm.slice(0, wasm.lastIndexOf('/') + 1));

// Else the operations on small tensors, all of those here, run on cpu.
tf.env().set('WEBGL_CPU_FORWARD', false);
tf.env().set('WEBGPU_CPU_FORWARD', false);

const backend = inject('backend');
if (backend === 'webgpu') {
  shareCanvases();
}
if (!(await tf.setBackend(backend))) {
  throw new Error(`The backend ${backend} does not start.`);
}

// Without the right flags of Chromium, dataSync gives zeros on webgpu, and no error.
tf.tidy(() => {
  const [sum] = tf.add(tf.scalar(1.5), tf.scalar(2)).dataSync();
  if (sum !== 3.5) {
    throw new Error(`The backend ${backend} says that 1.5 + 2 is ${sum}.`);
  }
});

/**
 * dataSync makes three canvases for every read on webgpu, and once a browser has no more of them it reads zeros,
 * without an error. Here all reads share three.
 */
function shareCanvases(): void {
  type Canvas = new (width: number, height: number) => object;
  const scope = globalThis as unknown as { OffscreenCanvas: Canvas };
  const Own = scope.OffscreenCanvas;
  const shared: object[] = [];
  let reads = 0;
  scope.OffscreenCanvas = new Proxy(Own, {
    construct: (_, [width, height]) => {
      const k = reads++ % 3;
      shared[k] ??= new Own(width, height);
      return shared[k];
    },
  });
}

// Starts the backend of this project; see vitest.browser.config.ts.
import '@tensorflow/tfjs-layers'; // for the gradients, as in node.ts
import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-backend-webgl';
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
// @ts-expect-error: the address that Vite serves the file from.
import wasm from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm.wasm?url';
import { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu';
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
 * dataSync makes three canvases of 256 × 256 for every read on webgpu. Once a browser has no more of them it reads zeros,
 * without an error, and software takes a hundred milliseconds to draw them. Here all reads share three, of one row where
 * that holds the values.
 */
function shareCanvases(): void {
  type Canvas = new (width: number, height: number) => object;
  const scope = globalThis as unknown as { OffscreenCanvas: Canvas };
  const Own = scope.OffscreenCanvas;
  const shared = new Map<string, object>();
  let reads = 0;
  scope.OffscreenCanvas = new Proxy(Own, {
    construct: (_, [width, height]) => {
      const rows = bytes <= 4 * width ? 1 : height;
      const key = `${reads++ % 3} of ${rows}`;
      const canvas = shared.get(key) ?? new Own(width, rows);
      shared.set(key, canvas);
      return canvas;
    },
  });
  let bytes = Number.POSITIVE_INFINITY;
  const { readSync } = WebGPUBackend.prototype;
  WebGPUBackend.prototype.readSync = function (dataId) {
    const { resource } = this.tensorMap.get(dataId);
    bytes = (resource as { size: number } | undefined)?.size ?? Number.POSITIVE_INFINITY;
    return readSync.call(this, dataId);
  };
}

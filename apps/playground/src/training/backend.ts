import wasmUrl from '@tensorflow/tfjs-backend-wasm/wasm-out/tfjs-backend-wasm.wasm?url';
import simdUrl from '@tensorflow/tfjs-backend-wasm/wasm-out/tfjs-backend-wasm-simd.wasm?url';
import * as tf from '@tensorflow/tfjs-core';
import type { BackendName } from './messages.js';

/** Each is loaded when it is first wanted. */
const load: Record<BackendName, () => Promise<unknown>> = {
  cpu: () => import('@tensorflow/tfjs-backend-cpu'),
  webgl: () => import('@tensorflow/tfjs-backend-webgl'),
  webgpu: () => import('@tensorflow/tfjs-backend-webgpu'),
  wasm: async () => {
    const { setWasmPaths } = await import('@tensorflow/tfjs-backend-wasm');
    // Threads need a page that is isolated from all others, and do not pay for networks this small.
    tf.env().set('WASM_HAS_MULTITHREAD_SUPPORT', false);
    setWasmPaths({
      'tfjs-backend-wasm.wasm': wasmUrl,
      'tfjs-backend-wasm-simd.wasm': simdUrl,
      'tfjs-backend-wasm-threaded-simd.wasm': simdUrl, // never loaded; the map has to be complete
    });
  },
};

/**
 * Starts a backend, or the next best one.
 *
 * @returns The one that runs, and why it is not the wanted one; empty where it is.
 */
export async function startBackend(
  wanted: BackendName,
): Promise<{ backend: BackendName; fallback: string }> {
  const reasons: string[] = [];
  for (const backend of new Set<BackendName>([wanted, 'wasm', 'cpu'])) {
    try {
      await load[backend]();
      if (await tf.setBackend(backend)) {
        await tf.ready();
        return { backend, fallback: reasons.join(' ') };
      }
      reasons.push(`${backend} does not start here.`);
    } catch (error) {
      reasons.push(`${backend} does not start here: ${(error as Error).message}.`);
    }
  }
  throw new Error(`No backend starts. ${reasons.join(' ')}`);
}

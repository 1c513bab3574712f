// What Chromium loads: the same measurement as in Node.
import type { MathBackendWebGL } from '@tensorflow/tfjs-backend-webgl';
import '@tensorflow/tfjs-backend-webgl';
import '@tensorflow/tfjs-backend-webgpu';
import * as tf from '@tensorflow/tfjs-core';
import '@toploss/core/gradients';
import { type Count, type Gap, type Plan, type Row, run } from '../run.js';

export async function start(
  backend: string,
  plan: Plan,
): Promise<AsyncGenerator<Row | Count | Gap>> {
  if (!(await tf.setBackend(backend))) {
    throw new Error(`${backend} does not start in this browser`);
  }
  return run(plan);
}

/** What it computes on. */
export function device(): string {
  const backend = tf.backend();
  if (tf.getBackend() === 'webgl') {
    const { gl } = (backend as MathBackendWebGL).gpgpu;
    const names = gl.getExtension('WEBGL_debug_renderer_info');
    return names === null ? 'GPU' : gl.getParameter(names.UNMASKED_RENDERER_WEBGL);
  }
  // The types of tfjs are older than `adapterInfo`.
  const { device } = backend as unknown as { device: { adapterInfo: Record<string, string> } };
  return `${device.adapterInfo.vendor} ${device.adapterInfo.architecture}`;
}

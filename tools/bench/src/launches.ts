import * as tf from '@tensorflow/tfjs-core';
import type { Arms } from './arms/arms.js';

/** Where tfjs hands a program to the device: once for each launch. */
const DOORS: Record<string, (backend: object) => [object, string]> = {
  webgl: (backend) => [(backend as { gpgpu: object }).gpgpu, 'executeProgram'],
  webgpu: (backend) => [backend, 'recordAndSubmit'],
};

/** How many programs the device runs in these steps. A kernel of tfjs can be several of them or none. */
function launchesOf(steps: () => void): number {
  const door = DOORS[tf.getBackend()];
  if (door === undefined) {
    throw new Error(`bench: ${tf.getBackend()} launches no programs`);
  }
  const [owner, name] = door(tf.backend());
  const own = (owner as Record<string, (...args: unknown[]) => unknown>)[name];
  if (own === undefined) {
    throw new Error(`bench: ${tf.getBackend()} has no ${name}`);
  }
  let launches = 0;
  Object.assign(owner, {
    [name]: (...args: unknown[]) => {
      launches += 1;
      return own.apply(owner, args);
    },
  });
  try {
    tf.tidy(steps);
  } finally {
    Object.assign(owner, { [name]: own });
  }
  return launches;
}

/** So many samples until a step takes its programs: a formula of several asks for one after the other. */
const WARM_UP = 4;

/** Launches of a step of each arm, the mean over a period. */
export async function launchesOfEach(arms: Arms, period: number): Promise<Record<string, number>> {
  const launches: Record<string, number> = {};
  for (const [name, step] of Object.entries(arms)) {
    const steps = () => {
      for (let k = 0; k < period; k++) {
        step();
      }
    };
    for (let k = 0; k < WARM_UP; k++) {
      tf.tidy(steps);
      await compiled();
    }
    launches[name] = launchesOf(steps) / period;
  }
  return launches;
}

/** WebGPU compiles beside the steps. */
const compiled = async (): Promise<void> =>
  (
    tf.backend() as { checkCompileCompletionAsync?(): Promise<void> }
  ).checkCompileCompletionAsync?.();

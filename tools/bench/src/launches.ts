import * as tf from '@tensorflow/tfjs-core';

/** Where tfjs hands a program to the device: once for each launch. */
const DOORS: Record<string, (backend: object) => [object, string]> = {
  webgl: (backend) => [(backend as { gpgpu: object }).gpgpu, 'executeProgram'],
  webgpu: (backend) => [backend, 'recordAndSubmit'],
};

/** How many programs the device runs in these steps. A kernel of tfjs can be several of them or none. */
export function launchesOf(steps: () => void): number | undefined {
  const door = DOORS[tf.getBackend()];
  if (door === undefined) {
    return undefined;
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

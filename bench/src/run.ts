import * as tf from '@tensorflow/tfjs-core';
import { type Measurement, measure } from './measure.js';
import { type Profile, profile } from './profile.js';
import { SUITES } from './suites.js';

export interface Row extends Measurement {
  suite: string;
  backend: string;
  size: string;
  profiles?: Record<string, Profile>;
}

/** Every size of a suite, on the backend that is set. */
export async function* run(suite: string, seconds: number): AsyncGenerator<Row> {
  const backend = tf.getBackend();
  const { cases, backends } = SUITES[suite] as (typeof SUITES)[string];
  if (backends && !backends.includes(backend)) {
    return;
  }
  for (const [size, create] of Object.entries(cases)) {
    tf.engine().startScope();
    const arms = create();
    const measured = await measure(arms, seconds);
    const profiles = ['cpu', 'wasm'].includes(backend) ? { profiles: await profile(arms) } : {};
    tf.engine().endScope();
    tf.disposeVariables();
    yield { suite, backend, size, ...measured, ...profiles };
  }
}

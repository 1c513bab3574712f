import * as tf from '@tensorflow/tfjs-core';
import { launchesOfEach } from './launches.js';
import { computesAtOnce, type Measurement, measure, TooLong } from './measure.js';
import { type Profile, profile } from './profile.js';
import { SUITES, type Suite } from './suites.js';

/** What is measured, by the suite, the backend and the size of the case. */
export interface Case {
  suite: string;
  backend: string;
  size: string;
}

export interface Row extends Case, Measurement {
  profiles: Record<string, Profile>;
}

/** A case that was not measured. */
export interface Gap extends Case {
  reason: string;
  /** By an error, not by the time that it would take. */
  failed: boolean;
}

/** The launches of a step of each arm. */
export interface Count extends Case {
  launches: Record<string, number>;
}

/** What was found, and where. */
export type Measured = (Row | Count | Gap) & { machine: string };

/** What to measure on a backend. */
export interface Plan {
  suites: string[];
  /** Only sizes that begin so; default all. */
  sizes?: string[];
  /** For every case. */
  seconds: number;
  /** Leaves out what takes long on every backend, not on GPUs alone. */
  quick: boolean;
}

/** How much longer than `seconds` a case may take: on a GPU that is software, some would take hours. */
export const PATIENCE = 3;

/** Measures, on the backend that is set, every case that it can. */
export async function* run({
  suites,
  sizes,
  seconds,
  quick,
}: Plan): AsyncGenerator<Row | Count | Gap> {
  const backend = tf.getBackend();
  const patience = computesAtOnce() && !quick ? Infinity : PATIENCE * seconds;
  for (const suite of suites) {
    const { cases, backends, period = 1, counts = false } = SUITES[suite] as Suite;
    if (backends && !backends.includes(backend)) {
      continue;
    }
    for (const [size, create] of Object.entries(cases)) {
      if (sizes && !sizes.some((start) => size.startsWith(start))) {
        continue;
      }
      tf.engine().startScope();
      try {
        const arms = create();
        if (counts) {
          yield { suite, backend, size, launches: await launchesOfEach(arms, period) };
          continue;
        }
        const measured = await measure(arms, { seconds, period, patience });
        yield { suite, backend, size, ...measured, profiles: await profile(arms, period) };
      } catch (error) {
        const failed = !(error instanceof TooLong);
        yield { suite, backend, size, reason: (error as Error).message, failed };
      } finally {
        tf.engine().endScope();
        tf.disposeVariables();
      }
    }
  }
}

import * as tf from '@tensorflow/tfjs-core';
import type { Arms } from './arms/arms.js';
import { computesAtOnce } from './measure.js';
import { peak } from './peak.js';
import { median } from './statistics.js';

/** A step of an arm, seen from inside. */
export interface Profile {
  /** Kernels of tfjs that compute. */
  operations: number;
  /** The most tensors and bytes at a time, above what stays. */
  tensors: number;
  bytes: number;
  /** Milliseconds by kernel, the median of some samples. Nothing where a device works ahead. */
  kernels: Record<string, number>;
}

type Kernel = Awaited<ReturnType<typeof tf.profile>>['kernels'][number];

const SAMPLES = 3;

/** A sample is of so many steps, and the profile of one of them. */
export async function profile(arms: Arms, period: number): Promise<Record<string, Profile>> {
  const profiles: Record<string, Profile> = {};
  for (const [name, step] of Object.entries(arms)) {
    const steps = () => {
      for (let k = 0; k < period; k++) {
        step();
      }
    };
    const samples: Kernel[][] = [];
    for (let k = 0; k < (computesAtOnce() ? SAMPLES : 1); k++) {
      samples.push(await kernelsOf(steps));
    }
    const [kernels] = samples as [Kernel[]];
    profiles[name] = {
      operations: kernels.filter(isOperation).length / period,
      tensors: peak('numTensors', steps),
      bytes: peak('numBytes', steps),
      kernels: computesAtOnce() ? medianTimes(samples, period) : {},
    };
  }
  return profiles;
}

async function kernelsOf(steps: () => void): Promise<Kernel[]> {
  const { kernels } = await tf.profile((): tf.TensorContainer => {
    steps();
    return {};
  });
  return kernels;
}

/** Only another view of the same numbers. */
const VIEWS = ['Identity', 'Reshape', 'ExpandDims'];

/** Gradients of our own appear by the name of a scope, with the kernels inside beside them. */
const isOperation = ({ name }: Kernel) => /^[A-Z]/.test(name) && !VIEWS.includes(name);

function medianTimes(samples: Kernel[][], period: number): Record<string, number> {
  const totals = samples.map(totalTimes);
  const names = new Set(totals.flatMap((total) => [...total.keys()]));
  return Object.fromEntries(
    [...names].map((name) => [name, median(totals.map((t) => t.get(name) ?? 0)) / period]),
  );
}

function totalTimes(kernels: Kernel[]): Map<string, number> {
  const totals = new Map<string, number>();
  for (const { name, kernelTimeMs } of kernels.filter(isOperation)) {
    totals.set(name, (totals.get(name) ?? 0) + Number(kernelTimeMs)); // a number by now
  }
  return totals;
}

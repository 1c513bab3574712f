import * as tf from '@tensorflow/tfjs-core';
import type { Arms } from './arms/arms.js';
import { computesAtOnce } from './measure.js';
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
    const { numTensors, numBytes } = tf.memory();
    const samples: Kernel[][] = [];
    for (let k = 0; k < (computesAtOnce() ? SAMPLES : 1); k++) {
      samples.push(await kernelsOf(step, period));
    }
    const [kernels] = samples as [Kernel[]];
    profiles[name] = {
      operations: kernels.filter(isOperation).length / period,
      tensors: Math.max(...kernels.map((k) => k.totalTensorsSnapshot)) - numTensors,
      bytes: Math.max(...kernels.map((k) => k.totalBytesSnapshot)) - numBytes,
      kernels: computesAtOnce() ? medianTimes(samples, period) : {},
    };
  }
  return profiles;
}

async function kernelsOf(step: () => void, steps: number): Promise<Kernel[]> {
  const { kernels } = await tf.profile((): tf.TensorContainer => {
    for (let k = 0; k < steps; k++) {
      step();
    }
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

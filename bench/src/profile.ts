import * as tf from '@tensorflow/tfjs-core';
import type { Arms } from './arms.js';

/** tfjs exports the function, but not the name of what it returns. */
type ProfileInfo = Awaited<ReturnType<typeof tf.profile>>;

/** One sample of an arm, seen from inside. */
export interface Profile {
  operations: number;
  /** The most tensors and bytes at a time, above what stays. */
  tensors: number;
  bytes: number;
  /** Milliseconds by kernel, the median of some samples. */
  kernels: Record<string, number>;
}

const SAMPLES = 5;

/** For backends that compute at once, cpu and wasm: others know the time of a kernel only later. */
export async function profile(arms: Arms): Promise<Record<string, Profile>> {
  const profiles: Record<string, Profile> = {};
  for (const [name, arm] of Object.entries(arms)) {
    const before = tf.memory();
    const samples: ProfileInfo[] = [];
    for (let k = 0; k < SAMPLES; k++) {
      samples.push(await profiled(arm));
    }
    const kernels = (samples[0] as ProfileInfo).kernels;
    const timed = await Promise.all(samples.map(timesOf));
    const names = [...new Set(timed.flatMap((times) => [...times.keys()]))];
    profiles[name] = {
      operations: kernels.filter(isKernel).length,
      tensors: Math.max(...kernels.map((k) => k.totalTensorsSnapshot)) - before.numTensors,
      bytes: Math.max(...kernels.map((k) => k.totalBytesSnapshot)) - before.numBytes,
      kernels: Object.fromEntries(
        names.map((name) => [name, median(timed.map((times) => times.get(name) ?? 0))]),
      ),
    };
  }
  return profiles;
}

const profiled = (arm: () => Promise<void>): Promise<ProfileInfo> =>
  tf.profile(arm as unknown as () => tf.TensorContainer);

/** Gradients of our own appear by the name of a scope, with the kernels inside beside them. */
const isKernel = ({ name }: { name: string }) => /^[A-Z]/.test(name);

async function timesOf({ kernels }: ProfileInfo): Promise<Map<string, number>> {
  const times = new Map<string, number>();
  for (const kernel of kernels.filter(isKernel)) {
    const { kernelMs } = (await kernel.kernelTimeMs) as unknown as { kernelMs: number };
    const ms = Number(kernelMs ?? (await kernel.kernelTimeMs));
    times.set(kernel.name, (times.get(kernel.name) ?? 0) + ms);
  }
  return times;
}

const median = (values: number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] as number;

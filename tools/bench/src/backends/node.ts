import { cpus } from 'node:os';
import { version_core } from '@tensorflow/tfjs-core';
import { useBackend } from '@toploss/experiments/timing/backend';
import { type Measured, type Plan, run } from '../run.js';

/** On cpu or wasm, in this process. */
export async function* inNode(backend: string, plan: Plan): AsyncGenerator<Measured> {
  await useBackend(backend);
  const machine = `Node ${process.versions.node}, ${processor()}, tfjs ${version_core}`;
  for await (const row of run(plan)) {
    yield { ...row, machine };
  }
}

export const processor = (): string => cpus()[0]?.model.trim() ?? 'a CPU';

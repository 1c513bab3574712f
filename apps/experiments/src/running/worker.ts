import { studyOf } from '../studies.js';
import type { Json, Measurements } from '../study.js';
import { useBackend } from '../timing/backend.js';

export interface Run {
  study: string;
  phase: 'tune' | 'test';
  setting: Json;
  seed: number;
}

let backend: string | undefined;

/** One run, in a worker thread. The same run gives the same measurements. */
export default async function work({
  study: name,
  phase,
  setting,
  seed,
}: Run): Promise<Measurements> {
  const study = studyOf(name);
  const wanted = study.backend ?? 'wasm';
  if (backend !== wanted) {
    await useBackend(wanted);
    backend = wanted;
  }
  return study[phase](setting, seed);
}

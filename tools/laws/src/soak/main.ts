// node --expose-gc main.js [STEPS]: trains with every penalty, and fails where memory grows.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import '@tensorflow/tfjs-backend-cpu';
import { byLayers } from './by-layers.js';
import { byTrainStep } from './by-train-step.js';
import { bounds, growth, type Sample, sample, slope } from './memory.js';

const trainings = { trainStep: byTrainStep, 'model.fit': byLayers };
const [, script = '', first, name] = process.argv;
const steps = Number(first ?? 1e5);
// In fewer, what the compiler and the collector take and give back is more than what a leak would leave.
if (globalThis.gc === undefined || !(Number.isInteger(steps) && steps >= 1e5)) {
  throw new Error('node --expose-gc main.js [STEPS], at least 100000 of them');
}

if (name === undefined) {
  // Each in a process of its own, whose memory is its alone.
  const codes = await Promise.all(
    Object.keys(trainings).map(async (each) => {
      const args = ['--expose-gc', script, String(steps), each];
      const [code] = await once(spawn(process.execPath, args, { stdio: 'inherit' }), 'exit');
      return code;
    }),
  );
  process.exitCode = codes.every((code) => code === 0) ? 0 : 1;
} else {
  await soak(name as keyof typeof trainings);
}

async function soak(name: keyof typeof trainings): Promise<void> {
  const training = trainings[name]();
  const begin = performance.now();
  // A tenth to warm up: averages are made, code is compiled and the heap finds its size.
  const warmUp = steps / 10;
  const interval = Math.floor((steps - warmUp) / 18);
  const samples: Sample[] = [];
  for (let k = 1; k <= steps; k++) {
    await training.advance();
    if (k >= warmUp && (k - warmUp) % interval === 0) {
      samples.push(sample(k));
      console.log(line(name, samples.at(-1) as Sample, (performance.now() - begin) / 1000));
    }
    if (k % 1000 === 0 && !training.values().every(Number.isFinite)) {
      throw new Error(`${name}: a parameter is not finite after ${k} steps`);
    }
  }
  const slopes = Object.entries(bounds).map(
    ([of, bound]) => `${of} ${slope(samples, of as keyof Sample).toFixed(2)} (≤ ${bound})`,
  );
  console.log(`${name}: bytes a step: ${slopes.join(', ')}`);
  for (const grown of growth(samples)) {
    console.error(`${name} grows: ${grown}`);
    process.exitCode = 1;
  }
  training.dispose();
}

function line(name: string, s: Sample, seconds: number): string {
  const mega = (bytes: number) => `${(bytes / 2 ** 20).toFixed(2)} MB`;
  return [
    `${name.padEnd(9)} ${String(s.steps).padStart(6)} steps, ${seconds.toFixed(0).padStart(3)} s:`,
    `${s.tensors} tensors of ${s.tensorBytes} bytes,`,
    `heap ${mega(s.heap)}, external ${mega(s.external)}, resident ${mega(s.resident)}`,
  ].join(' ');
}

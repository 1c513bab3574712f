// Two threads train one network: each has a part of every batch, and they average their gradients.
//
// Without penalties averaged gradients are enough. Cautious weight decay (CVP) reads the gradients too, so it has to get
// the averages: a gate of each replica's own gradients would be another training. Here the parameters average their
// gradients on the way back (averages.ts), so `trainStep` and its terms see averages only. At the end we compare with one
// process that had the whole batch.
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import '@toploss/core/gradients';
import { trainStep } from '@toploss/core';
import { cvp } from '@toploss/cvp';
import { sasp } from '@toploss/sasp';
import { batchesOf, CLASSES, type Examples, loadDigits } from '../digits.js';
import { alone, type Group, meetingPlace, type Rows, replica } from './all-reduce.js';
import { meanOver, withMeanGradient } from './averages.js';

const EPOCHS = process.argv.includes('--quick') ? 1 : 10;
const [PIXELS, HIDDEN] = [64, 16];

// The parameters: the same seeds in every thread, so all start from the same network.
const createParams = () => {
  const normal = (shape: [number, number], seed: number) =>
    tf.variable(tf.randomNormal(shape, 0, 1 / Math.sqrt(shape[0]), 'float32', seed));
  return [normal([PIXELS, HIDDEN], 1), normal([HIDDEN, CLASSES], 2)];
};

// This replica's rows of a batch.
const rowsOf = ({ x, y }: Examples, { start, share }: Rows): Examples => {
  const [from, size] = [start * x.shape[0], share * x.shape[0]].map(Math.round);
  return { x: tf.slice(x, from!, size!), y: tf.slice(y, from!, size!) };
};

// The training, the same in each thread and in one process: the parameters after it, and the last loss.
function train(group: Group): { theta: number[]; loss: number } {
  const params = createParams();
  const step = trainStep({
    params,
    optimizer: tf.train.adam(0.01),
    terms: [sasp({ lambda: 0.05, curvature: 'hessian' }), cvp({ lambda: 0.05 })],
  });
  let loss = 0;
  for (let epoch = 0; epoch < EPOCHS; epoch++) {
    for (const batch of batchesOf(loadDigits().training, 50, epoch)) {
      const losses = step(() => {
        const { x, y } = rowsOf(batch, group);
        const [W, V] = params.map((theta) => withMeanGradient<tf.Tensor>(group, theta)); // before their first use
        const features = tf.tanh(tf.matMul(x, W!)) as tf.Tensor2D;
        const logits = tf.matMul(features, V!) as tf.Tensor2D;
        const own = tf.losses.softmaxCrossEntropy(y, logits);
        return { loss: meanOver(group, own), logits, features, targets: y };
      });
      loss = losses.base.dataSync()[0]!;
      tf.dispose(losses);
    }
  }
  return { theta: params.flatMap((theta) => [...theta.dataSync()]), loss };
}

// Each thread runs this file again, with the place where they meet and its part of the batch.
const SHARES = [0.6, 0.4];

async function trainInThreads() {
  const place = meetingPlace(SHARES.length, PIXELS * HIDDEN); // room for the largest tensor
  const results = SHARES.map((share, k) => {
    const rows = { start: k === 0 ? 0 : SHARES[0]!, share };
    const thread = new Worker(new URL(import.meta.url), {
      workerData: { place, k, rows },
      argv: process.argv.slice(2),
    });
    return new Promise<ReturnType<typeof train>>((resolve, reject) => {
      thread.on('message', resolve).on('error', reject);
    });
  });
  return Promise.all(results);
}

if (isMainThread) {
  const [first, second] = await trainInThreads();
  const whole = train(alone);
  const distance = (a: number[], b: number[]) =>
    Math.hypot(...a.map((x, k) => x - b[k]!)) / Math.hypot(...a);
  console.log('Last loss, two threads:  ', first!.loss.toFixed(5));
  console.log('Last loss, one process:  ', whole.loss.toFixed(5));
  console.log('Parameters, relative distance ‖θ − θ′‖/‖θ‖');
  console.log('  between the threads:   ', distance(first!.theta, second!.theta));
  console.log('  from the one process:  ', distance(whole.theta, first!.theta).toExponential(0));
} else {
  const { place, k, rows } = workerData;
  parentPort!.postMessage(train(replica(place, k, rows)));
}

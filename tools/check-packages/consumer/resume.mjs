// node resume.mjs FROM TO OUT [IN]: trains from one step to another, and writes what it takes to go on.
import { readFileSync, writeFileSync } from 'node:fs';
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import '@toploss/core/gradients';
import { trainStep } from '@toploss/core';
import { dmta, halfLifeMu, linearAlpha } from '@toploss/dmta';
import { nger, ntkProxies } from '@toploss/nger';

const [from, to] = process.argv.slice(2, 4).map(Number);
const [out, saved] = process.argv.slice(4);

const normal = (shape, seed) => tf.randomNormal(shape, 0, 1, 'float32', seed);
const shapes = { trunk: [3, 5], first: [5, 1], second: [5, 1] };
const params = Object.entries(shapes).map(([name, shape], k) =>
  tf.variable(normal(shape, k + 1), true, name),
);
const [trunk, first, second] = params;

const weighting = nger({ tasks: 2, window: 5 });
const slow = dmta({
  alpha: linearAlpha({ alpha: 2, steps: 20 }),
  mu: halfLifeMu({ from: 0.5, to: 0.99, steps: 20 }),
});

if (saved !== undefined) {
  const state = JSON.parse(readFileSync(saved, 'utf8'));
  for (const variable of params) {
    variable.assign(tf.tensor(state.params[variable.name], variable.shape));
  }
  weighting.setState(state.weighting);
  slow.setState(state.slow);
}

const step = trainStep({ optimizer: tf.train.sgd(0.05), params, terms: [weighting, slow] });
for (let k = Number(from); k < Number(to); k++) {
  const losses = step(() => {
    const features = tf.tanh(tf.matMul(normal([8, 3], 100 + k), trunk));
    const taskLosses = [first, second].map((head, task) =>
      tf.mean(tf.square(tf.sub(tf.matMul(features, head), normal([8, 1], 200 + 2 * k + task)))),
    );
    const inputs = { taskLosses, ntkProxies: ntkProxies(() => taskLosses, features) };
    return { loss: weighting.loss(inputs), ...inputs };
  });
  tf.dispose(losses);
}

const state = {
  params: Object.fromEntries(params.map((variable) => [variable.name, [...variable.dataSync()]])),
  weighting: weighting.getState(),
  slow: slow.getState(),
};
writeFileSync(String(out), JSON.stringify(state));

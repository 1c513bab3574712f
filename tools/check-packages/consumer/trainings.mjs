// What an app trains with every term, in a loop of its own and by `model.fit`: the numbers are those of every tfjs.
import { trainStep } from '@toploss/core';
import { cvp } from '@toploss/cvp';
import { dmta } from '@toploss/dmta';
import { attach, batchLoss } from '@toploss/layers';
import { nger, ntkProxies } from '@toploss/nger';
import { sasp, saspNetwork } from '@toploss/sasp';
import { sbmp } from '@toploss/sbmp';

const terms = () => [
  sasp({ lambda: 0.05 }),
  saspNetwork({ lambda: 0.1, seed: 1 }),
  sbmp({ lambda: 0.5, seed: 2 }),
  cvp({ lambda: 0.01, decoupled: true }),
  dmta({ alpha: 2, mu: 0.9 }),
];
const fitting = { epochs: 3, batchSize: 8, shuffle: false, verbose: 0 };

/** @param tf The copy of tfjs that the app uses. */
export const trainings = (tf) => {
  const normal = (shape, seed) => tf.randomNormal(shape, 0, 1, 'float32', seed);
  const x = normal([24, 4], 1);
  const y = tf.oneHot(tf.argMax(tf.slice(x, [0, 0], [24, 3]), 1), 3);
  const rating = tf.sum(x, 1, true);
  const dense = (units, seed, rest) =>
    tf.layers.dense({ units, kernelInitializer: tf.initializers.glorotNormal({ seed }), ...rest });
  const numbers = (tensors) => tensors.flatMap((tensor) => [...tensor.dataSync()]);

  /** Trained, saved, loaded, and trained again. */
  const fit = async (model, compile, targets, attachTo) => {
    const once = async (model) => {
      model.compile(compile());
      attachTo(model);
      const { history } = await model.fit(x, targets, fitting);
      return [...Object.values(history).flat(), ...numbers(model.getWeights())];
    };
    const trained = await once(model);
    let saved;
    await model.save(tf.io.withSaveHandler(async (artifacts) => (saved = artifacts)));
    const loaded = await tf.loadLayersModel(tf.io.fromMemory(saved));
    const predicted = numbers([loaded.predict(x, { batchSize: 24 })].flat());
    return [...trained, ...predicted, ...(await once(loaded))];
  };

  return {
    trainStep() {
      const [w1, w2] = [normal([4, 8], 2), normal([8, 3], 3)].map((w) => tf.variable(w));
      const hidden = (e) => tf.leakyRelu(tf.matMul(e, w1));
      const lossOf = (logits) => tf.losses.softmaxCrossEntropy(y, logits);
      const cosine = dmta({ mode: 'cosine', lambda: 0.1, mu: 0.9, loss: () => lossOf(modelFn(x)) });
      const weighting = nger({ tasks: 2 });
      const modelFn = (e) => tf.matMul(hidden(e), w2);
      return [[...terms()], [cosine], [weighting]].flatMap((terms) => {
        const step = trainStep({ optimizer: tf.train.adam(0.05), params: [w1, w2], terms });
        return Array.from({ length: 5 }, () => {
          const losses = step(() => {
            const features = hidden(x);
            const logits = tf.matMul(features, w2);
            const layers = [
              { input: x, kernel: w1, activation: 'leakyRelu' },
              { input: features, kernel: w2 },
            ];
            const taskLosses = [lossOf(logits), tf.mean(tf.square(logits))];
            const tasks = { taskLosses, ntkProxies: ntkProxies(() => taskLosses, features) };
            const loss = terms[0] === weighting ? weighting.loss(tasks) : lossOf(logits);
            const inputs = { logits, features, targets: y, layers, modelFn, embeddings: x };
            return { loss, ...inputs, ...tasks };
          });
          return numbers([...Object.values(losses), w1, w2]);
        }).flat();
      });
    },
    sequential: () =>
      fit(
        tf.sequential({
          layers: [
            dense(8, 1, { activation: 'relu', inputShape: [4] }),
            tf.layers.dropout({ rate: 0.25, seed: 1 }),
            dense(3, 2, { activation: 'softmax' }),
          ],
        }),
        () => ({
          optimizer: tf.train.adam(0.05),
          loss: 'categoricalCrossentropy',
          metrics: ['accuracy'],
        }),
        y,
        (model) => attach(model, terms()),
      ),
    functional: () => {
      const input = tf.input({ shape: [4] });
      const shared = dense(8, 1, { activation: 'tanh' }).apply(input);
      const outputs = [
        dense(3, 2, { activation: 'softmax', name: 'digit' }).apply(shared),
        dense(1, 3, { name: 'rating' }).apply(shared),
      ];
      return fit(
        tf.model({ inputs: input, outputs }),
        () => ({ optimizer: 'adam', loss: ['categoricalCrossentropy', 'meanSquaredError'] }),
        [y, rating],
        (model) => attach(model, [...terms(), nger({ tasks: 2 })], { output: 'digit' }),
      );
    },
    cosine: () =>
      fit(
        tf.sequential({
          layers: [
            dense(8, 1, { activation: 'tanh', inputShape: [4] }),
            dense(3, 2, { activation: 'softmax' }),
          ],
        }),
        () => ({ optimizer: 'sgd', loss: 'categoricalCrossentropy' }),
        y,
        (model) =>
          attach(model, [dmta({ mode: 'cosine', lambda: 0.1, mu: 0.9, loss: batchLoss(model) })]),
      ),
  };
};

import * as tf from '@tensorflow/tfjs-core';
import { type Dmta, type DmtaInputs, dmta } from '@toploss/dmta';
import { correctionContract, penaltyContract, stateContract, valuesOf } from '@toploss/testing';

const x = tf.randomNormal([8, 4], 0, 1, 'float32', 1);
const y = tf.randomNormal([8, 3], 0, 1, 'float32', 2);
const past = { w: tf.randomNormal([4, 3], 0, 1, 'float32', 3) };
const w = tf.variable(tf.randomNormal([4, 3], 0, 1, 'float32', 4), true, 'w');
const loss = () => tf.mean<tf.Scalar>(tf.square(tf.sub(tf.tanh(tf.matMul(x, w)), y)));
const gradients = () => tf.variableGrads(loss, [w]).grads;
const at = (k: number) => ({ w: tf.randomNormal([4, 3], 0, 1, 'float32', k + 1) });

const linear = { alpha: 3, mu: 0.8 };
const cosine = { mode: 'cosine', mu: 0.8, loss } as const;

for (const options of [linear, cosine]) {
  const make = (lambda: number | ((step: number) => number)) => {
    const term = dmta({ ...options, lambda });
    term.observe(past);
    return term;
  };
  if (options === linear) {
    // ⟨sg c, θ⟩; the gradient of the cosine's is a product with the Hessian, tested in as-penalty.test.ts
    penaltyContract<DmtaInputs>({
      name: 'dmta',
      make,
      configure: dmta,
      inputs: () => ({ params: { w }, grads: gradients() }),
      by: ({ params }) => [params.w as tf.Tensor],
      at: (inputs, [w]) => ({ ...inputs, params: { w: w as tf.Tensor } }),
    });
  }
  correctionContract({
    name: 'dmta',
    make: (lambda) => {
      const term = make(lambda);
      return { term, dispose: () => term.dispose() };
    },
    params: () => ({ w }),
    grads: gradients,
    readsParams: options === cosine,
  });
  stateContract<Dmta, tf.NamedTensorMap>({
    name: 'dmta',
    make: () => dmta({ ...options, lambda: 0.5 }),
    step: at,
    answer: (term, k) => valuesOf(term.correct(at(k), { w }).w as tf.Tensor),
  });
}

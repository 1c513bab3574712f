import * as tf from '@tensorflow/tfjs-core';
import { type SaspInputs, type SaspNetworkInputs, sasp, saspNetwork } from '@toploss/sasp';
import { normal, penaltyContract, stackOf } from '@toploss/testing';

for (const curvature of ['fisher', 'hessian'] as const) {
  penaltyContract<SaspInputs>({
    name: 'sasp',
    make: (lambda) => sasp({ lambda, curvature }),
    configure: sasp,
    inputs: () => ({
      logits: normal([4, 3], 1) as tf.Tensor2D,
      features: normal([4, 2], 2) as tf.Tensor2D,
      targets: tf.tensor1d([2, 0, 1, 2], 'int32'),
    }),
    by: ({ logits, features }) => [logits, features],
    at: (inputs, [logits, features]) => ({
      ...inputs,
      logits: logits as tf.Tensor2D,
      features: features as tf.Tensor2D,
    }),
  });
}

const x = normal([6, 3], 3) as tf.Tensor2D;
const network = (...kernels: tf.Tensor[]): SaspNetworkInputs => {
  const { logits, layers } = stackOf(kernels.map((kernel) => ({ kernel, activation: 'tanh' })))(x);
  return { logits, layers };
};

penaltyContract<SaspNetworkInputs>({
  name: 'saspNetwork',
  where: 'sasp.network',
  // γ and ρ are constant in the gradient, which is then not that of differences.
  make: (lambda) => saspNetwork({ lambda, root: true, scale: 'absolute', every: 1, seed: 1 }),
  configure: saspNetwork,
  inputs: () => network(normal([3, 4], 4), normal([4, 3], 5), normal([3, 2], 6)),
  by: ({ layers }) => layers.map(({ kernel }) => kernel),
  at: (_, kernels) => network(...kernels),
});

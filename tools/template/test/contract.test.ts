import * as tf from '@tensorflow/tfjs-core';
import { type TemplateInputs, template } from '@toploss/template';
import { penaltyContract } from '@toploss/testing';

penaltyContract<TemplateInputs>({
  name: 'template',
  make: (lambda) => template({ lambda }),
  configure: template,
  inputs: () => ({ logits: tf.tensor2d([0.5, -1, 2, 1.5, 0.25, -0.5], [2, 3]) }),
  by: ({ logits }) => [logits],
  at: (inputs, [logits]) => ({ ...inputs, logits: logits as tf.Tensor }),
});

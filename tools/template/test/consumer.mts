// An app that uses every export of this package: check:packages compiles it against the packed package. It never runs.
import type * as tf from '@tensorflow/tfjs-core';
import * as templates from '@toploss/template';

declare const logits: tf.Tensor2D;

export function templateTypes() {
  const options: templates.TemplateOptions = { lambda: (step) => 1 / step };
  const inputs: templates.TemplateInputs = { logits };
  templates.template(options).penalty(inputs, 3);
  // @ts-expect-error the logits are forgotten
  templates.template().penalty({});
  const scalar: tf.Scalar = templates.templatePenalty(logits);
  return scalar;
}

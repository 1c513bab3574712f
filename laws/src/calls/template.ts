import { template, templatePenalty } from '@toploss/template';
import fc from 'fast-check';
import { call } from '../call.js';
import { nonNegative } from '../numbers.js';
import { floats, made, options, size } from '../tensors.js';

const logits = fc.tuple(size(), size()).chain((shape) => floats(shape));

export const templateCalls = [
  call('templatePenalty', logits, (z) => [made(z)], templatePenalty),
  call(
    'template',
    fc.tuple(logits, options({ lambda: nonNegative }), fc.nat()),
    ([z, options, step]) => [options, { logits: made(z) }, step],
    (options, inputs, step) => template(options).penalty(inputs, step),
  ),
];

import { template, templatePenalty } from '@toploss/template';
import { call, fc } from '../../../tools/laws/src/call.js';
import { nonNegative } from '../../../tools/laws/src/numbers.js';
import { floats, made, options, size } from '../../../tools/laws/src/tensors.js';

// What the functions of this package may be called with: the laws find this file, and draw arguments from it.

const logits = fc.tuple(size(), size()).chain((shape) => floats(shape));

export const calls = [
  call('templatePenalty', logits, (z) => [made(z)], templatePenalty),
  call(
    'template',
    fc.tuple(logits, options({ lambda: nonNegative }), fc.nat()),
    ([z, options, step]) => [options, { logits: made(z) }, step],
    (options, inputs, step) => template(options).penalty(inputs, step),
  ),
];

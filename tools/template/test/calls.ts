import { template, templatePenalty } from '@toploss/template';
import {
  call,
  documented,
  fc,
  floats,
  made,
  nonNegative,
  options,
  run,
  type Subject,
  size,
} from '@toploss/testing/recipes';

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

/** Of random models: the penalty of a batch is the mean of those of its halves. */
export const means: Subject[] = [
  { name: 'template', value: (model, batch) => templatePenalty(run(model, batch).logits) },
];

/** The term, for steps with others and for composites. */
export const terms = { template: (lambda: number) => template({ lambda }) };

/** What the README says that an option is where it is left out, and the functions that take its table of options. */
export const defaults = [
  documented('template', logits, (z) => ({
    defaults: { lambda: 1e-2 },
    options: {},
    run: (options) => template(options).penalty({ logits: made(z) }),
  })),
];
export const tables = [[template]];

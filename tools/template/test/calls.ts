import { type TemplateInputs, template, templatePenalty } from '@toploss/template';
import {
  call,
  type Drawn,
  documented,
  fc,
  floats,
  type Magnitude,
  made,
  type PenaltyRecipe,
  run,
  type Subject,
  size,
} from '@toploss/testing/recipes';

// What the functions of this package may be called with. The contract and the laws draw their arguments from here.

const logits = (among?: readonly Magnitude[]): fc.Arbitrary<Drawn> =>
  fc.tuple(size(), size()).chain((shape) => floats(shape, among));

const inputs = (z: Drawn): TemplateInputs => ({ logits: made(z) });

/** The term: its inputs, and those that get a gradient. */
export const penalties: PenaltyRecipe<Drawn, TemplateInputs>[] = [
  {
    ...{ name: 'template', make: template, inputs, by: ['logits'] },
    ...{ drawn: logits(), ordinary: logits(['unit']) },
  },
];

/** The other functions: the arguments of each. */
export const calls = [call('templatePenalty', logits(), (z) => [made(z)], templatePenalty)];

/** Of random models: the penalty of a batch is the mean of the penalties of its halves. */
export const means: Subject[] = [
  { name: 'template', value: (model, batch) => templatePenalty(run(model, batch).logits) },
];

/** The term of any λ, for steps with others and for composites. */
export const terms = { template: (lambda: number) => template({ lambda }) };

/** The defaults of the README, and the functions that take its table of options. */
export const defaults = [
  documented('template', logits(), (z) => ({
    defaults: { lambda: 1e-2 },
    options: {},
    run: (options) => template(options).penalty(inputs(z)),
  })),
];
export const tables = [[template]];

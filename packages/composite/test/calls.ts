import * as tf from '@tensorflow/tfjs-core';
import { composite, topologicalLoss } from '@toploss/composite';
import { trainStep } from '@toploss/core';
import { cvp } from '@toploss/cvp';
import { type Dmta, dmta } from '@toploss/dmta';
import { sasp } from '@toploss/sasp';
import { sbmp } from '@toploss/sbmp';
import {
  call,
  type Drawn,
  fc,
  floats,
  made,
  nonNegative,
  options,
  several,
  size,
  user,
  variable,
} from '@toploss/testing/recipes';

export interface CompositeRecipe {
  readonly x: Drawn;
  readonly w: Drawn;
  readonly grad: Drawn;
  readonly base: number;
  readonly options: {
    readonly sasp?: { lambda?: number; curvature?: 'fisher' | 'hessian' };
    readonly cvp?: { lambda?: number };
    readonly sbmp?: { lambda?: number; alpha?: number; seed: number };
    readonly dmta?: { lambda?: number; alpha?: number };
  };
  readonly step: number;
}

export const compositeRecipe: fc.Arbitrary<CompositeRecipe> = fc
  .record({ batch: size(3), width: size(3), classes: fc.integer({ min: 2, max: 3 }) })
  .chain(({ batch, width, classes }) =>
    fc.record({
      x: floats([batch, width], ['moderate', 'ties']),
      w: floats([width, classes], ['moderate', 'ties']),
      grad: floats([width, classes]),
      base: floats([1]).map(({ values }) => values[0] as number),
      options: options<CompositeRecipe['options']>({
        sasp: options({ lambda: nonNegative, curvature: fc.constantFrom('fisher', 'hessian') }),
        cvp: options({ lambda: nonNegative }),
        sbmp: options({ lambda: nonNegative, alpha: fc.constantFrom(0, 1) }).map((x) => ({
          seed: 1,
          ...x,
        })),
        dmta: options({ lambda: nonNegative, alpha: fc.constantFrom(0, 5) }),
      } as never),
      step: fc.nat(),
    }),
  ) as fc.Arbitrary<CompositeRecipe>;

/** What all penalties read of a linear model. */
export function compositeInputs({ x, w, grad }: CompositeRecipe) {
  const [embeddings, kernel] = [made<tf.Rank.R2>(x), made<tf.Rank.R2>(w)];
  const modelFn = user((e: tf.Tensor) => tf.matMul(e as tf.Tensor2D, kernel));
  return {
    logits: modelFn(embeddings),
    features: embeddings,
    targets: tf.zeros([embeddings.shape[0]], 'int32') as tf.Tensor1D,
    modelFn,
    embeddings,
    params: { kernel },
    grads: { kernel: made(grad) },
  };
}

const ordinary = ['moderate', 'ties'] as const;

const step = fc
  .record({ batch: size(3), width: size(3), classes: fc.integer({ min: 2, max: 3 }) })
  .chain(({ batch, width, classes }) =>
    fc.record({
      x: floats([batch, width], ordinary),
      w: floats([width, classes], ordinary),
      isDecoupled: fc.boolean(),
      hasParams: fc.boolean(),
      lambda: fc.constantFrom(0, 0.01, 1),
    }),
  );

interface StepRecipe {
  x: Drawn;
  w: Drawn;
  isDecoupled: boolean;
  hasParams: boolean;
  lambda: number;
}

/** The term that remembers something, in the step at hand. */
let remembered: Dmta | undefined;

function stepArgs({ x, w, isDecoupled, hasParams, lambda }: StepRecipe) {
  const [input, param] = [made<tf.Rank.R2>(x), variable(w)];
  const targets = tf.zeros([input.shape[0]], 'int32');
  const forward = user(() => {
    const logits = tf.matMul(input, param as tf.Tensor2D);
    return { loss: tf.mean(tf.square(logits)), logits, features: input, targets };
  });
  remembered = dmta({ lambda });
  const own = { ...remembered };
  const terms = [sasp({ lambda }), cvp({ lambda, decoupled: isDecoupled }), own];
  return [
    {
      optimizer: { learningRate: 0.1, applyGradients: descend(param) },
      ...(hasParams && { params: [param] }),
      terms,
    },
    forward,
  ];
}

/** Plain descent. */
const descend = (param: tf.Variable) =>
  user(([{ tensor }]: [{ tensor: tf.Tensor }]) => {
    const moved = tf.sub(param, tf.mul(0.1, tensor));
    param.assign(moved);
    moved.dispose();
  });

export const calls = [
  call(
    'composite',
    compositeRecipe,
    (of) => [
      [sasp({ lambda: 0.1 }), composite([cvp(), sbmp({ seed: 1, alpha: 1 })], 'inner')],
      'outer',
      compositeInputs(of),
      of.step,
    ],
    (terms, name, inputs, step) => {
      const both = composite(terms, name);
      return several(
        () => both.penalty(inputs, step),
        () => Object.values(both.components(inputs, step)),
      );
    },
  ),
  call(
    'topologicalLoss',
    compositeRecipe,
    (of) => [{ ...of.options }, tf.scalar(of.base), compositeInputs(of), of.step],
    (options, base, inputs, step) => {
      const loss = topologicalLoss(options);
      return several(
        () => loss(base, inputs, step),
        () => Object.values(loss.components(base, inputs, step)),
      );
    },
  ),
  call(
    'trainStep',
    step,
    stepArgs,
    (options, forward) => {
      try {
        return trainStep(options)(forward);
      } finally {
        remembered?.dispose(); // which is not a leak
      }
    },
    true,
  ),
];

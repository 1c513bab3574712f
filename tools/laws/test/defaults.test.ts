import type * as tf from '@tensorflow/tfjs-core';
import { cvpPenalty } from '@toploss/cvp';
import { dmta, dmtaPenalty } from '@toploss/dmta';
import { nger, ngerWeights } from '@toploss/nger';
import { saspCrossEntropy, saspNetworkPenalty, saspPenalty } from '@toploss/sasp';
import { sbmpPenalty } from '@toploss/sbmp';
import { stackOf } from '@toploss/testing';
import { expect, test } from 'vitest';
import { inScope } from '../src/call.js';
import { decayRecipe, gateOptions, named } from '../src/calls/cvp.js';
import { angleRecipe, averageRecipe } from '../src/calls/dmta.js';
import { networkOptions, networkRecipe, specification } from '../src/calls/network.js';
import { historyRecipe, inputsOf, weightsRecipe } from '../src/calls/nger.js';
import { headOptions, headRecipe } from '../src/calls/sasp.js';
import { noiseOptions, noiseRecipe } from '../src/calls/sbmp.js';
import { snapshot } from '../src/judge.js';
import { holds } from '../src/runs.js';
import { made } from '../src/tensors.js';

const RUNS = 100;

/** What the tables of the READMEs say that is meant where an option is left out. */
const documented = {
  head: { curvature: 'fisher', head: 'softmax', includeBias: true },
  network: { head: 'softmax', root: true, includeBias: true, exact: false },
  gate: { beta: 50, gate: 'cautious', normalize: 'rms' },
  noise: { alpha: 5, symmetric: true, reduction: 'rows', fraction: 1 },
  weights: { gamma: 1, eps: 1e-6, total: 1 },
  history: { gamma: 1, eps: 1e-6, total: 1, floor: 'ema-min', window: 200 },
  angle: { eps: 1e-12 },
  average: { mode: 'linear', lambda: 1, mu: 0.9999, alpha: 5, start: 'zero' },
} as const;

/** An option that is left out, that is undefined, and that is its default: the same bits. */
function same<Options extends object>(
  defaults: object,
  options: Options,
  f: (options: Options) => unknown,
): void {
  const left = Object.fromEntries(Object.keys(defaults).map((key) => [key, undefined]));
  const expected = snapshot(f(options));
  expect(snapshot(f({ ...defaults, ...options }))).toBe(expected);
  expect(snapshot(f({ ...left, ...options }))).toBe(expected);
}

test('SASP', () => {
  holds(RUNS, headRecipe, (of) =>
    inScope(() => {
      const [z, h, y] = [of.logits, of.features, of.targets].map((x) => made(x)) as [
        tf.Tensor2D,
        tf.Tensor2D,
        tf.Tensor2D,
      ];
      const options = headOptions(of);
      same(documented.head, options, (options) => saspPenalty(z, h, y, options));
      same({ ...documented.head, lambda: 1e-2 }, options, (options) =>
        saspCrossEntropy(z, h, y, options),
      );
    }),
  );
});

test('SASP of a network', () => {
  holds(RUNS, networkRecipe(['moderate']), (of) =>
    inScope(() => {
      const { logits, layers } = stackOf(specification(of))(made(of.x));
      const options = networkOptions(of);
      const isEstimate = options.probe === undefined && !options.exact;
      const { includeBias, ...others } = documented.network;
      const defaults = {
        ...others,
        fraction: isEstimate ? 0.25 : 1,
        // Of the layers that have one.
        ...(!of.biases.includes(undefined) && { includeBias }),
      };
      same(defaults, options, (options) => saspNetworkPenalty(logits, layers, options));
    }),
  );
});

test('CVP', () => {
  holds(RUNS, decayRecipe, (of) =>
    inScope(() => {
      const params = of.pairs.map(({ theta }) => made(theta));
      const grads = of.pairs.map(({ grad }) => made(grad));
      const defaults = { ...documented.gate, filter: (_: string, x: tf.Tensor) => x.rank >= 2 };
      same(defaults, gateOptions(of), (options) => cvpPenalty(params, grads, options));
    }),
  );
});

test('SBMP', () => {
  holds(RUNS, noiseRecipe, (of) =>
    inScope(() => {
      const [z, noisy, e] = [of.logits, of.noisyLogits, of.embeddings].map((x) => made(x)) as [
        tf.Tensor,
        tf.Tensor,
        tf.Tensor,
      ];
      same(documented.noise, noiseOptions(of), (options) =>
        sbmpPenalty(z, () => noisy, e, options),
      );
    }),
  );
});

test('NGER', () => {
  holds(RUNS, weightsRecipe, ({ losses, floors, proxies, options }) =>
    inScope(() =>
      same(documented.weights, options, (options) =>
        ngerWeights(losses.values, floors.values, proxies.values, options),
      ),
    ),
  );
  holds(RUNS, historyRecipe, ({ steps, form, options }) =>
    inScope(() =>
      same(documented.history, options, (options) => {
        const weighting = nger(options);
        for (const step of steps) {
          weighting.observe(inputsOf(step, form));
        }
        const answer = [weighting.weights(), weighting.getState()];
        weighting.dispose();
        return answer;
      }),
    ),
  );
});

test('DMTA', () => {
  holds(RUNS, angleRecipe, ({ grad, slow, options }) =>
    inScope(() =>
      same(documented.angle, options, (options) =>
        dmtaPenalty(made<tf.Rank.R1>(grad), made<tf.Rank.R1>(slow), options),
      ),
    ),
  );
  holds(RUNS, averageRecipe, ({ steps, options }) =>
    inScope(() =>
      same(documented.average, options, (options) => {
        const term = dmta(options);
        for (const step of steps) {
          term.observe(named(step));
        }
        const answer = [term.correct(named(steps[0] as never), {}), term.getState()];
        term.dispose();
        return answer;
      }),
    ),
  );
});

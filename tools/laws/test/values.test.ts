import * as tf from '@tensorflow/tfjs-core';
import { composite, topologicalLoss } from '@toploss/composite';
import { blockOf } from '@toploss/core/kit';
import { applyCvp, cvpPenalty } from '@toploss/cvp';
import { dmta, dmtaPenalty } from '@toploss/dmta';
import { nger, ngerLoss, ngerWeights } from '@toploss/nger';
import { saspCrossEntropy, saspNetworkPenalty, saspPenalty } from '@toploss/sasp';
import { sbmpPenalty } from '@toploss/sbmp';
import { stackOf } from '@toploss/testing';
import {
  type Drawn,
  inScope,
  made,
  madeByName,
  nonNegative,
  rowsOf,
  share,
  sizeOf,
  snapshot,
} from '@toploss/testing/recipes';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compositeInputs, compositeRecipe } from '../../../packages/composite/test/calls.js';
import { decayRecipe, gateOptions } from '../../../packages/cvp/test/calls.js';
import { angleRecipe, averageRecipe } from '../../../packages/dmta/test/recipes.js';
import {
  absolute,
  historyRecipe,
  inForm,
  inputsOf,
  weightsRecipe,
} from '../../../packages/nger/test/recipes.js';
import { type HeadRecipe, headOptions, headRecipe } from '../../../packages/sasp/test/head.js';
import {
  networkOptions,
  networkRecipe,
  specification,
} from '../../../packages/sasp/test/network/calls.js';
import { noiseOptions, noiseRecipe } from '../../../packages/sbmp/test/calls.js';
import { alignment, average } from '../src/oracle/alignment.js';
import { expectNear, expectRowsNear, largest, total } from '../src/oracle/close.js';
import { decay } from '../src/oracle/decay.js';
import { qMinusP, rowDivergence } from '../src/oracle/divergence.js';
import { type Head, headLoss } from '../src/oracle/head.js';
import { activations, traceOf } from '../src/oracle/network.js';
import { excess, stepsOf, weights } from '../src/oracle/weights.js';
import { holds } from '../src/runs.js';

const RUNS = 300;

/** The law in a scope of its own. */
const check = <T>(drawn: fc.Arbitrary<T>, law: (drawn: T) => void, runs = RUNS) =>
  holds(runs, drawn, (x) => inScope(() => law(x)));

const numberIn = (x: tf.Tensor): number => x.dataSync()[0] as number;
const valuesOf = (x: tf.Tensor): number[] => Array.from(x.dataSync());
const rows = (x: tf.Tensor): number[][] => rowsOf({ shape: x.shape, values: valuesOf(x) });

describe('of any size, the same as in plain float64', () => {
  const headOf = ({ logits, features, targets, mask, options }: HeadRecipe): Head => {
    const [batch, classes] = logits.shape as [number, number];
    const indices = targets.values.map((index) =>
      Array.from({ length: classes }, (_, c) => Number(c === index)),
    );
    return {
      z: rowsOf(logits),
      h: rowsOf(features),
      y: targets.shape.length === 1 ? indices : rowsOf(targets),
      counts: mask?.values.map(Boolean) ?? Array(batch).fill(true),
      curvature: 'fisher',
      head: 'softmax',
      includeBias: true,
      ...options,
    };
  };

  const checkHead = (of: HeadRecipe, parts: { loss: boolean; lambda: number }) => {
    const expected = headLoss(headOf(of), parts);
    const [logits, features, targets] = [of.logits, of.features, of.targets].map((x) => made(x));
    const f = (z: tf.Tensor, h: tf.Tensor) => {
      const inputs = [z, h, targets] as [tf.Tensor2D, tf.Tensor2D, tf.Tensor2D];
      return parts.loss
        ? saspCrossEntropy(...inputs, { ...headOptions(of), lambda: parts.lambda })
        : saspPenalty(...inputs, headOptions(of));
    };
    const { value, grads } = tf.valueAndGrads(f as never)([logits, features] as tf.Tensor[]);
    expect([value.shape, value.dtype]).toEqual([[], 'float32']);
    expectNear(numberIn(value), expected.value, { scale: Math.abs(expected.value) });
    const [dLogits, dFeatures] = grads.map(rows) as [number[][], number[][]];
    expectRowsNear(dLogits, expected.dLogits, { scales: expected.scales, what: 'dLogits' });
    expectRowsNear(dFeatures, expected.dFeatures, { what: 'dFeatures' });
  };

  test('saspPenalty', () => {
    check(headRecipe, (of) => checkHead(of, { loss: false, lambda: 1 }));
  });

  test('saspCrossEntropy', () => {
    check(fc.tuple(headRecipe, nonNegative), ([of, lambda]) =>
      checkHead(of, { loss: true, lambda }),
    );
  });

  test('saspNetworkPenalty, of ordinary numbers', () => {
    // What single operations of float32 add up is right to a few digits less.
    check(networkRecipe(['moderate']), (of) => {
      if (of.activations.some((name) => activations[name] === undefined)) {
        return;
      }
      const { head = 'softmax', root = true, exact = false, ...measure } = of.options;
      const layers = of.kernels.map((kernel, l) => ({
        W: rowsOf(kernel),
        b: of.biases[l]?.values ?? Array<number>(kernel.shape[1] as number).fill(0),
        hasBias: of.biases[l] !== undefined,
        activation: of.activations[l],
      }));
      const classes = layers.at(-1)?.b.length as number;
      if (of.probe === undefined && !exact) {
        return;
      }
      const unit = Array.from({ length: classes }, (_, c) =>
        Array.from({ length: classes }, (_, k) => Number(k === c)),
      );
      const T = rowsOf(of.x).map((x, i) =>
        traceOf(
          x,
          layers,
          head,
          exact ? unit : [rowsOf(of.probe as Drawn)[i] as number[]],
          measure,
        ),
      );
      const { fraction: _, ...options } = networkOptions(of);
      const { logits, layers: outputs } = stackOf(specification(of))(made(of.x));
      const value = numberIn(saspNetworkPenalty(logits, outputs, options));
      const mean = total(T) / T.length;
      const expected = root ? Math.sqrt(mean + 1e-8) : mean;
      expectNear(value, expected, { relative: 2e-3, scale: expected + 1e-6 });
    });
  });

  test('cvpPenalty and applyCvp', () => {
    check(fc.tuple(decayRecipe, nonNegative), ([of, lambda]) => {
      const { pairs, options, all } = of;
      const decays = pairs.map(({ theta, grad }) =>
        all || theta.shape.length >= 2
          ? decay(theta.values, grad.values, options)
          : theta.values.map(() => 0),
      );
      const phi = total(
        pairs.flatMap(({ theta }, k) =>
          theta.values.map((x, j) => (x * (decays[k]?.[j] as number)) / 2),
        ),
      );
      const [params, grads] = [
        pairs.map(({ theta }) => made(theta)),
        pairs.map(({ grad }) => made(grad)),
      ];
      const f = (...moved: tf.Tensor[]) => cvpPenalty(moved, grads, gateOptions(of));
      const { value, grads: byTheta } = tf.valueAndGrads(f as never)(params);
      expectNear(numberIn(value), phi);
      for (const [k, g] of byTheta.entries()) {
        expectRowsNear([valuesOf(g)], [decays[k] as number[]], { what: `w${k}` });
      }
      const gradients = madeByName(pairs.map(({ grad }) => grad));
      const corrected = applyCvp(gradients, madeByName(pairs.map(({ theta }) => theta)), {
        ...gateOptions(of),
        lambda,
      });
      for (const [k, { grad }] of pairs.entries()) {
        const sum = grad.values.map((g, j) => g + lambda * (decays[k]?.[j] as number));
        const scale = largest(grad.values) + lambda * largest(decays[k] as number[]);
        const actual = valuesOf(corrected[`w${k}`] as tf.Tensor);
        expectRowsNear([actual], [sum], { scales: [scale], what: `w${k}` });
      }
    });
  });

  test('sbmpPenalty', () => {
    check(noiseRecipe, (of) => {
      const { symmetric = true, reduction = 'rows', alpha = 5 } = of.options;
      const [z, zHat] = [rowsOf(of.logits), rowsOf(of.noisyLogits)];
      const positions = z.length / (of.logits.shape[0] as number);
      // The mask of the row: its own, that of its example, or any of that example's.
      const { mask } = of;
      const perExample = mask && mask.values.length / (of.logits.shape[0] as number);
      const counts = z.map((_, i) => {
        if (mask === undefined || perExample === undefined) {
          return true;
        }
        const example = Math.floor(i / positions);
        const own = mask.values.slice(example * perExample, (example + 1) * perExample);
        return perExample === 1 || positions === 1
          ? own.some(Boolean)
          : Boolean(own[i % positions]);
      });
      const live = z.map((_, i) => i).filter((i) => counts[i]);
      const examples = new Set(
        z
          .map((_, i) => Math.floor(i / positions))
          .filter((example) =>
            mask === undefined || perExample === undefined
              ? true
              : mask.values.slice(example * perExample, (example + 1) * perExample).some(Boolean),
          ),
      );
      const N = Math.max(reduction === 'batch' ? examples.size : live.length, 1);
      const each = live.map((i) => rowDivergence(z[i] as number[], zHat[i] as number[], symmetric));
      let seen: tf.Tensor | undefined;
      const model = (noisy: tf.Tensor) => (e: tf.Tensor) => {
        seen = tf.keep(tf.clone(e));
        return tf.clone(noisy);
      };
      const embeddings = made(of.embeddings);
      const f = (clean: tf.Tensor, noisy: tf.Tensor) =>
        sbmpPenalty(clean, model(noisy), embeddings, noiseOptions(of));
      const { value, grads } = tf.valueAndGrads(f as never)([
        made(of.logits),
        made(of.noisyLogits),
      ]);
      // A sum may be infinite that a mean is not.
      const expected = total(each) / N;
      if (total(each) < 3e38) {
        expectNear(numberIn(value), expected, { scale: expected + 1e-20 });
      } else {
        expect(numberIn(value)).toBeGreaterThan(1e37);
      }
      const gradient = z.map((row, i) =>
        counts[i]
          ? qMinusP(row, zHat[i] as number[]).map((x) => ((symmetric ? 0.5 : 1) * x) / N)
          : row.map(() => 0),
      );
      const [byClean, byNoisy] = grads.map(rows) as [number[][], number[][]];
      const scales = gradient.map((row) => largest(row) + 1e-10); // and the rounding of p and q
      expectRowsNear(byNoisy, gradient, { scales, what: 'by ẑ' });
      const clean = gradient.map((row) => row.map((x) => (symmetric ? -x : 0)));
      expectRowsNear(byClean, clean, { scales, what: 'by z' });
      // Ê = E + (α/√m) ξ, where nothing is hidden
      if (of.noise !== undefined && mask === undefined) {
        const { noise } = of;
        const m = sizeOf(of.embeddings.shape.slice(1));
        const moved = of.embeddings.values.map(
          (e, k) => e + (alpha / Math.sqrt(m)) * (noise.values[k] as number),
        );
        for (const [k, x] of moved.entries()) {
          const scale = Math.abs(of.embeddings.values[k] as number) + alpha;
          expectNear(valuesOf(seen as tf.Tensor)[k] as number, x, { scale, what: 'Ê' });
        }
      }
      seen?.dispose();
    });
  });

  test('sbmpPenalty of a fraction is that of a block of the batch', () => {
    check(fc.tuple(noiseRecipe, share, fc.nat()), ([of, fraction, seed]) => {
      const { start, size } = blockOf(of.logits.shape[0] as number, fraction, seed);
      const block = <T extends tf.Tensor>(x: T): T => tf.slice(x as tf.Tensor, start, size) as T;
      const noise = made(
        of.noise ?? { ...of.embeddings, values: of.embeddings.values.map(() => 1) },
      );
      const { mask, ...rest } = noiseOptions({ ...of, noise: undefined });
      const penalty = (fraction: number, part: <T extends tf.Tensor>(x: T) => T) => {
        const answer = () => block(made(of.noisyLogits));
        const options = { ...rest, seed, fraction, noise: part(noise) };
        return sbmpPenalty(part(made(of.logits)), answer, part(made(of.embeddings)), {
          ...options,
          ...(mask && { mask: part(mask) }),
        });
      };
      const [whole, part] = [penalty(fraction, (x) => x), penalty(1, block)];
      expect(snapshot([whole])).toBe(snapshot([part]));
    });
  });

  /** Of logarithms in float32, which γ multiplies. */
  const accuracy = (gamma: number) => 1e-4 * (1 + gamma);

  test('ngerWeights and ngerLoss', () => {
    check(weightsRecipe, (of) => {
      const { gamma = 1, total: sum = 1 } = of.options;
      const [losses, floors, proxies] = [of.losses, of.floors, absolute(of.proxies)];
      const r = losses.values.map((x, t) => Math.max(x - (floors.values[t] as number), 0));
      const expected = weights(r, proxies.values, of.options);
      const args = [losses, floors, proxies].map((x) => inForm(of.form, x)) as Parameters<
        typeof ngerWeights
      >;
      const w = ngerWeights(args[0], args[1], args[2], of.options);
      expect([w.shape, w.dtype]).toEqual([losses.shape, 'float32']);
      expectNear(total(valuesOf(w)), sum, { relative: 1e-5 });
      if (gamma <= 4) {
        expectRowsNear([valuesOf(w)], [expected], { relative: accuracy(gamma), scales: [sum] });
      }
      const loss = numberIn(ngerLoss(args[0], args[1], args[2], of.options));
      const weighted = valuesOf(w).map((x, t) => x * (losses.values[t] as number));
      expectNear(loss, total(weighted), { scale: total(weighted.map(Math.abs)) });
    });
  });

  test('nger', () => {
    // The averages are in float32: numbers of one size.
    check(historyRecipe, (of) => {
      const {
        tasks,
        floor = 'ema-min',
        window = 200,
        gamma = 1,
        total: sum = 1,
        eps = 1e-6,
      } = of.options;
      const all = of.steps.flatMap(({ losses, proxies }) => [...losses.values, ...proxies.values]);
      const weighting = nger(of.options);
      for (const step of of.steps) {
        weighting.observe(inputsOf(step, of.form));
      }
      const w = valuesOf(weighting.weights());
      weighting.dispose();
      expect(w.length).toBe(tasks);
      expectNear(total(w), sum, { relative: 1e-5 });
      if (gamma > 2 || eps < 1e-6 || largest(all) > 1e3) {
        return;
      }
      const steps = of.steps.map(({ losses, proxies }) => ({
        losses: losses.values,
        proxies: proxies.values,
      }));
      const own = Array.from({ length: tasks }, (_, t) => stepsOf(steps, t));
      const floorOf = (t: number) => (typeof floor === 'string' ? floor : (floor[t] as number));
      const r = own.map((steps, t) => excess(steps, floorOf(t), window));
      // An excess that is the rounding of the losses has no digit: ε is what counts beside it.
      const rounding = typeof floor === 'string' && floor !== 'taylor' ? 1e-6 * largest(all) : 0;
      const [low, high] = [-1, 1].map((sign) =>
        r.map((x) => Math.max((x ?? 0) + sign * rounding, 0) + eps).map(Math.log),
      ) as [number[], number[]];
      const slack = Math.max(...high.map((x, t) => x - (low[t] as number)));
      const proxies = own.map((steps) => steps.at(-1)?.proxy ?? 0);
      const expected = weights(r, proxies, of.options);
      const relative = accuracy(gamma) + Math.min(slack * 2, 1);
      expectRowsNear([w], [expected], { relative, scales: [sum] });
    });
  });

  test('dmtaPenalty', () => {
    check(angleRecipe, ({ grad, slow, options }) => {
      const expected = alignment(grad.values, slow.values, options.eps ?? 1e-12);
      const f = (g: tf.Tensor) => dmtaPenalty(g as tf.Tensor1D, made(slow), options);
      const { value, grad: gradient } = tf.valueAndGrad(f as never)(made(grad));
      expectNear(numberIn(value), expected.value, { scale: expected.value + 1e-25 });
      // Beyond float32 the length is infinite, and the gradient 0.
      if (expected.scale === 0 || expected.scale > 1e-38) {
        expectRowsNear([valuesOf(gradient)], [expected.gradient], { scales: [expected.scale] });
      }
    });
  });

  test('dmta, its average and its correction', () => {
    check(averageRecipe, ({ steps, options }) => {
      const { lambda = 1, mu = 0.9999, alpha = 5, start = 'zero' } = options;
      const term = dmta(options);
      for (const step of steps.slice(0, -1)) {
        term.observe(madeByName(step));
      }
      const last = steps.at(-1) as readonly Drawn[];
      const corrected = term.correct(madeByName(last), {});
      term.observe(madeByName(last));
      const slow = term.slow();
      for (const [k, g] of last.entries()) {
        const history = steps.map((step) => (step[k] as Drawn).values);
        const m = average(history, mu, start);
        const size = Math.max(...history.map(largest), 0);
        const scales = [size];
        expectRowsNear([valuesOf(slow[`w${k}`] as tf.Tensor)], [m], { scales, what: 'm̄' });
        const c = g.values.map((x, j) => x + lambda * alpha * (m[j] as number));
        expectRowsNear([valuesOf(corrected[`w${k}`] as tf.Tensor)], [c], {
          scales: [size * (1 + lambda * alpha)],
          what: 'g + λα m̄',
        });
      }
      term.dispose();
    });
  });

  test('topologicalLoss and composite are the sums of their parts', () => {
    check(compositeRecipe, (of) => {
      const inputs = compositeInputs(of);
      const base = tf.scalar(of.base);
      const loss = topologicalLoss(of.options);
      const { total: sum, ...parts } = loss.components(base, inputs as never, of.step) as Record<
        string,
        tf.Scalar
      >;
      const values = Object.values(parts).map(numberIn);
      expectNear(numberIn(sum as tf.Scalar), total(values), {
        scale: total(values.map(Math.abs)),
      });
      expect(numberIn(loss(base, inputs as never, of.step))).toBe(numberIn(sum as tf.Scalar));
      expect(numberIn(topologicalLoss({})(base, {}))).toBe(of.base);
      const inner = composite(Object.values(loss.terms) as never[]);
      const { base: _, ...penalties } = parts;
      expectNear(
        numberIn(inner.penalty(inputs as never, of.step)),
        total(Object.values(penalties).map(numberIn)),
        { scale: total(values.map(Math.abs)) },
      );
    });
  });
});

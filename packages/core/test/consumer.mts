// An app that uses every export of this package: check:packages compiles it against the packed package. It never runs.
import * as tf from '@tensorflow/tfjs-core';
import * as core from '@toploss/core';
import '@toploss/core/gradients';
import * as kit from '@toploss/core/kit';

declare const loss: tf.Scalar;
declare const logits: tf.Tensor2D;
declare const features: tf.Tensor2D;
declare const params: tf.NamedTensorMap;
declare const grads: tf.NamedTensorMap;
declare const variables: tf.Variable[];

/** A penalty of one's own, with everything that the kit has for it. */
export function ownTerm(): core.Term[] {
  type Inputs = { logits: tf.Tensor2D };
  const check: kit.Checks = new kit.Checks('own');
  const weight: core.Weight = (step) => step;
  const rule: kit.Rule = kit.number('a number', (x) => x > 0);
  check.options(
    {},
    {
      lambda: kit.weight,
      kind: kit.oneOf('a', 'b'),
      flag: kit.flag,
      run: kit.callback,
      mask: kit.tensor,
      features: kit.float32,
      eps: kit.nonNegative,
      count: kit.integer(1),
      fraction: kit.share,
      rule,
    },
  );
  const penalty = (inputs: Inputs, step = 0) => {
    check.object('inputs', inputs);
    check.argument('step', step, rule);
    const [B = 0] = check.tensor('logits', inputs.logits, ['B', 'C']);
    if (B === 0) check.reject('logits', 'of rows', logits);
    return kit.weighted('own', weight, step, [logits], () =>
      kit.closedForm([logits], () => ({
        value: kit.sum(tf.square(logits)),
        grads: [kit.scaled(loss, core.stopGradient(logits))],
      })),
    );
  };
  const own: core.Regularizer<Inputs> = { name: 'own', penalty };
  const parts: kit.PenaltyParts<Inputs, object, 'made'> = {
    name: 'made',
    lambda: 1,
    of: ({ logits }, _options, { step, weight }: kit.WeightedStep) => ({
      by: [logits],
      phi: () => tf.mul(step * weight, tf.sum(logits)),
    }),
  };
  const made: core.Regularizer<Inputs> & { name: 'made' } = kit.penaltyOf({}, parts);
  const loose: kit.Penalty<Inputs> = { name: 'loose', penalty: ({ logits }) => tf.sum(logits) };
  const correction: core.Correction = { name: 'correction', correct: (g) => g };
  const valued: kit.ValuedCorrection = {
    ...correction,
    valueAndCorrect: (g) => ({ value: loss, grads: g }),
  };
  const update: kit.DecoupledUpdate = (updated) => ({ value: loss, params: updated });
  const decoupled: core.Decoupled = { name: 'decoupled', decouple: () => update };
  const memory = new kit.Memory();
  const stateful: core.Stateful<tf.NamedTensorMap, number> & { name: string } = {
    name: 'stateful',
    observe: (g) =>
      memory.replace(kit.clones(check.tensors('grads', g, memory.tensors)), memory.steps + 1),
    getState: () => 0,
    setState: (state) => {
      kit.checkSaved(check, state, { format: 'own', version: 1 });
      kit.checkFloats(check, 'state', state, [2, 3]);
    },
    dispose: () => memory.dispose(),
  };
  const composition: kit.Composition = { name: 'all', terms: [own, correction] };
  kit.flatTerms('own', [composition]);
  return [own, made, loose, correction, valued, decoupled, stateful, composition];
}

export function toolTypes() {
  core.assertGradients();
  kit.checkVariables('own', variables);
  const difference: core.DifferenceOptions = { step: 1e-3, difference: 'central' };
  const product: core.ProductOptions = { ...difference, gradient: grads };
  const trace: core.TraceOptions = { probes: 3, seed: 1 };
  core.hessianVectorProduct(() => loss, variables, grads, product);
  core.hessianTrace(() => loss, variables, trace);
  core.surrogate(grads, params);
  kit.gradientsOf('own', () => loss, variables).grads;
  const block: kit.Block = kit.blockOf(8, 0.5, 1);
  const loop: kit.Loop = (x, y, result) => result.set([kit.sumOfProducts(x, y)]);
  kit.elementwise(logits, features, loop, () => kit.addScaled(logits, loss, features));
  const pulled: kit.WithPullback = { value: loss, saved: [], pullback: () => [logits] };
  kit.withPullback([logits], () => pulled);
  kit.finiteEntries(logits);
  const bad: number | undefined = kit.notFinite(logits);
  kit.variationShare(logits, logits);
  const constant: Promise<boolean> = core.collapsed(logits, logits);
  kit.constant(() => kit.rademacher([2], kit.randomSeed()));
  kit.onTape;
  kit.reachedGradients;
  kit.unrecorded(() => kit.record([logits], loss, [], () => [() => logits]));
  const operations: readonly kit.Operation[] = kit.recorded();
  kit.innerProduct([logits], [logits]);
  kit.tryStep;
  kit.checkMinimize('own', {});
  kit.reject;
  kit.rejectNotFinite;
  const head: kit.Head | undefined = kit.headOf('own', null, 'softmax');
  kit.checkClasses;
  kit.headRule satisfies kit.Rule;
  kit.exponential;
  kit.differenceRules.step satisfies kit.Rule;
  const sums: number | undefined = kit.inLoop([logits, features], (x, y) =>
    kit.sumOfProducts(x, y),
  );
  const shapes: Record<string, number[]> = kit.mapNamed(grads, ({ shape }) => shape);
  const values = [sums, bad, operations, shapes, kit.hostView(logits)?.length, kit.isLooped(9)];
  const program: kit.Program = { inputs: { logits }, shape: [2], entry: 'return 1.;' };
  const launched: tf.Tensor | undefined = kit.byPrograms('own', () => kit.launch(program));
  const text: kit.Text = `
    ${kit.sumsText({ k: 4 }, { sum: kit.expText('x(0, i, k)') })}
    ${kit.log1pText('small', 'sum')}
    ${kit.expm1Text('large', 'small')}
    ${kit.returnsText(['small', 'large'])}
    return 0.;`;
  const rows = kit.launch({ inputs: { x: logits }, shape: [kit.MOST_ROWS, 2], entry: text });
  const columns = ['small', 'large'];
  const mean: kit.MeanOfRows = kit.meanOfRows({ rows, columns, term: 'large', total: 2 });
  const lists: kit.CorrectLists = ({ tensors }): kit.CorrectedLists => ({ tensors });
  const observing: kit.ObserveLists = ({ tensors }) => tensors.length === 0;
  const blocks: [number, number, number] = kit.blocksOf(logits.shape);
  const row = new kit.SoftmaxRow(3);
  kit.softmaxRow([1, 2, 3], 0, row);
  kit.sumOverClasses(kit.softmax(logits).q);
  const numbers = [
    kit.isNumeric(logits),
    kit.isTensorOf(logits, [2]),
    kit.weightAt('own', 1, 0),
    block.start,
    kit.isNotFinite(head),
  ];
  return [
    launched,
    mean.value,
    blocks,
    kit.addAll([loss, loss]),
    kit.alias(loss),
    kit.isInGradient,
    kit.ownView,
    kit.filled,
    kit.withLists(() => ({}), lists),
    kit.withLists(() => undefined, observing),
    kit.zeroPenalty([loss]),
    kit.scalarOf,
    kit.tensorOf,
    kit.dot,
    kit.norm,
    kit.expm1(logits),
    kit.log1p(logits),
    values,
    numbers,
    constant,
    kit.COLLAPSED,
  ];
}

// An app in TypeScript that uses every export. It is compiled against the packed packages, never run: see types.js.
import * as tf from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import * as composites from '@toploss/composite';
import * as core from '@toploss/core';
import '@toploss/core/gradients';
import * as kit from '@toploss/core/kit';
import * as cvps from '@toploss/cvp';
import * as dmtas from '@toploss/dmta';
import * as layers from '@toploss/layers';
import * as ngers from '@toploss/nger';
import * as sasps from '@toploss/sasp';
import * as sbmps from '@toploss/sbmp';

declare const optimizer: tf.Optimizer;
declare const model: LayersModel;
declare const loss: tf.Scalar;
declare const logits: tf.Tensor2D;
declare const features: tf.Tensor2D;
declare const targets: tf.Tensor1D;
declare const params: tf.NamedTensorMap;
declare const grads: tf.NamedTensorMap;
declare const variables: tf.Variable[];
declare const embeddings: tf.Tensor3D;

/** Neither more general than `Type` nor more special. */
type Same<A, B> =
  (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
function isSame<A, B>(_: Same<A, B>) {}

export function saspTypes() {
  const option: sasps.SaspOptions = { curvature: 'hessian', head: 'softmax', includeBias: false };
  const head: sasps.Head = 'sigmoid';
  const oneHot: tf.Tensor = logits;
  const scalar: tf.Scalar = sasps.saspPenalty(logits, features, targets, option);
  const fusedOptions: sasps.SaspCrossEntropyOptions = { lambda: 0.1, head };
  sasps.saspCrossEntropy(logits, features, oneHot, fusedOptions);
  const anyOptions: sasps.SaspAnyLayerOptions = { probes: 2, seed: 1, difference: 'forward' };
  const any = sasps.saspAnyLayer(() => targets, variables, anyOptions);
  isSame<typeof any, { value: tf.Scalar; grads: tf.NamedTensorMap }>(true);

  const termOptions: sasps.SaspTermOptions = { lambda: (step) => 1 / step };
  const inputs: sasps.SaspInputs = { logits, features, targets };
  sasps.sasp(termOptions).penalty(inputs, 3);
  // @ts-expect-error the features are forgotten
  sasps.sasp().penalty({ logits, targets });
  // @ts-expect-error the targets are forgotten
  sasps.saspPenalty(logits, features);
  // @ts-expect-error there is no such curvature
  sasps.sasp({ curvature: 'gauss' });

  const names: sasps.ActivationName[] = ['relu', 'gelu'];
  const activation: sasps.Activation = sasps.leakyRelu(0.1);
  const dense: sasps.DenseLayer = { input: features, kernel: logits, activation };
  const layerList: sasps.DenseLayer[] = [dense];
  const networkOptions: sasps.SaspNetworkOptions = { activation: names, fraction: 1 };
  sasps.saspNetworkPenalty(logits, layerList, networkOptions);
  const networkTermOptions: sasps.SaspNetworkTermOptions = { lambda: 0.1, every: 2 };
  const networkInputs: sasps.SaspNetworkInputs = { logits, layers: layerList };
  sasps.saspNetwork(networkTermOptions).penalty(networkInputs);
  // @ts-expect-error the layers are forgotten
  sasps.saspNetwork().penalty({ logits });

  const weightsOptions: sasps.SaspWeightsOptions = { scale: 'relative', sigma: 1e-3, seed: 1 };
  sasps.saspWeightsPenalty(logits, (x) => x, features, variables, weightsOptions);
  const pass = { modelFn: (x: tf.Tensor) => x, embeddings: features, params };
  const weightsInputs: sasps.SaspWeightsInputs = { logits, ...pass };
  sasps.saspNetwork({ via: 'weights' }).penalty(weightsInputs);
  // @ts-expect-error the parameters are forgotten
  sasps.saspWeightsPenalty(logits, (x) => x, features);

  const step = core.trainStep({ optimizer, terms: [sasps.saspNetwork(), sasps.sasp()] });
  step(() => ({ loss, targets, features, ...networkInputs }));
  return scalar;
}

export function cvpTypes() {
  const gate: cvps.GateOptions = { gate: 'cautious', beta: Number.POSITIVE_INFINITY };
  const filter: cvps.Filter = (name, tensor) => name !== 'bias' && tensor.rank > 1;
  const options: cvps.CvpOptions = { ...gate, filter, normalize: 'rms' };
  const scalar: tf.Scalar = cvps.cvpPenalty([logits], [null], options);
  const applyOptions: cvps.ApplyCvpOptions = { lambda: 0.1, ...options };
  const applied: tf.NamedTensorMap = cvps.applyCvp(grads, params, applyOptions);
  const tensors: cvps.Tensors = params;
  const gradients: cvps.Gradients = [logits, null];
  const termOptions: cvps.CvpTermOptions = { lambda: 0.1, decoupled: true };
  const term: cvps.Cvp = cvps.cvp(termOptions);
  const inputs: cvps.CvpInputs = { params: tensors, grads: gradients };
  term.penalty(inputs);
  term.correct(applied, params);
  // @ts-expect-error the gradients are forgotten
  term.penalty({ params });
  // @ts-expect-error there is no such gate
  cvps.cvp({ gate: 'open' });
  return scalar;
}

export function sbmpTypes() {
  const mask: sbmps.Mask = targets;
  const options: sbmps.SbmpOptions = { alpha: 1, symmetric: false, mask, reduction: 'batch' };
  const modelFn = (_: tf.Tensor3D) => logits;
  const scalar: tf.Scalar = sbmps.sbmpPenalty(logits, modelFn, embeddings, options);
  const termOptions: sbmps.SbmpTermOptions = { lambda: 1, seed: 3 };
  const inputs: sbmps.SbmpInputs = { logits, modelFn: () => logits, embeddings };
  sbmps.sbmp(termOptions).penalty(inputs);
  // @ts-expect-error the model is forgotten
  sbmps.sbmp().penalty({ logits, embeddings });
  // @ts-expect-error a model of sequences gets a matrix
  sbmps.sbmpPenalty(logits, modelFn, features);
  return scalar;
}

export function dmtaTypes() {
  const options: dmtas.DmtaOptions = { eps: 1e-6 };
  const scalar: tf.Scalar = dmtas.dmtaPenalty(targets, targets, options);
  const gradientOptions: dmtas.DmtaGradientOptions = { difference: 'forward' };
  dmtas.dmtaGradient(() => loss, variables, grads, gradientOptions).value.dataSync();

  const alphaOptions: dmtas.LinearAlphaOptions = { alpha: 5, steps: 100 };
  const muOptions: dmtas.HalfLifeMuOptions = { from: 0.9, to: 0.999, steps: 100 };
  const alpha: dmtas.Schedule = dmtas.linearAlpha(alphaOptions);
  const mu: dmtas.Schedule = dmtas.halfLifeMu(muOptions);
  const start: dmtas.Start = 'first';
  const linearOptions: dmtas.LinearDmtaOptions = { alpha, mu, start };
  const linear: dmtas.Dmta = dmtas.dmta(linearOptions);
  const cosineOptions: dmtas.CosineDmtaOptions = { mode: 'cosine', lambda: 1, loss: () => loss };
  const cosine: dmtas.CosineDmta = dmtas.dmta(cosineOptions);
  const inputs: dmtas.DmtaInputs = { params, grads };
  cosine.penalty(inputs);
  // @ts-expect-error the gradients are forgotten
  linear.penalty({ params });
  // @ts-expect-error `alpha` is of the linear mode
  dmtas.dmta({ mode: 'cosine', alpha: 5 });
  const state: dmtas.DmtaState = linear.getState();
  linear.setState(state);
  linear.observe(grads);
  linear.dispose();
  return scalar;
}

export function ngerTypes() {
  const perTask: ngers.PerTask = [loss, 1];
  const options: ngers.NgerOptions = { gamma: 0.5, eps: 1e-6, total: 2 };
  const weights: tf.Tensor1D = ngers.ngerWeights(perTask, [0, 0], targets, options);
  const scalar: tf.Scalar = ngers.ngerLoss(perTask, [0, 0], [1, 1]);
  const shared: ngers.Shared = [features];
  ngers.ntkProxies(() => [loss, loss], shared);
  const both = ngers.lossesAndProxies((_: tf.Tensor2D) => [loss, loss], features);

  const floor: ngers.Floor = 'taylor';
  const termOptions: ngers.NgerTermOptions = { tasks: 2, floor, window: 10 };
  const term: ngers.Nger = ngers.nger(termOptions);
  const inputs: ngers.NgerInputs = { taskLosses: perTask, ntkProxies: [1, 1] };
  term.loss(both);
  term.observe(inputs);
  const state: ngers.NgerState = term.getState();
  term.setState(state);
  // @ts-expect-error the proxies are forgotten
  term.loss({ taskLosses: perTask });
  // @ts-expect-error the number of tasks is forgotten
  ngers.nger({});
  const step = core.trainStep({ optimizer, terms: [term] });
  step(() => ({ loss: term.loss(inputs), ...inputs }));
  // @ts-expect-error the losses of the tasks are forgotten
  step(() => ({ loss, ntkProxies: [1, 1] }));
  return tf.add(scalar, tf.sum(weights));
}

export function compositeTypes() {
  const terms = [sasps.sasp(), cvps.cvp()] as const;
  const both: composites.Composite<typeof terms> = composites.composite(terms);
  const inputs = { logits, features, targets, params, grads };
  const components: composites.Components<typeof terms> = both.components(inputs);
  isSame<keyof typeof components, 'sasp' | 'cvp'>(true);
  // @ts-expect-error the features are forgotten
  both.penalty({ logits, targets, params, grads });

  const options = { sasp: { lambda: 0.1 }, dmta: { alpha: 1 } };
  options satisfies composites.TopologicalLossOptions;
  const total: composites.TopologicalLoss<typeof options> = composites.topologicalLoss(options);
  const needed: composites.TopologicalLossInputs<typeof options> = inputs;
  total.components(loss, needed).dmta.dataSync();
  // @ts-expect-error the targets are forgotten
  total(loss, { logits, features, params, grads });
  // @ts-expect-error there is no such penalty
  composites.topologicalLoss({ sapp: {} });
  return total(loss, inputs);
}

export function layersTypes() {
  const batch: layers.TrialBatch = [[0], [1]];
  const options: layers.AttachOptions = { output: 'digit', batch };
  const weighting: layers.Weighting = ngers.nger({ tasks: 2 });
  const terms = [sasps.sasp(), sbmps.sbmp(), dmtas.dmta()] as const;
  const attachment: layers.Attachment<typeof terms> = layers.attach(model, terms, options);
  attachment.losses().sasp?.dataSync();
  attachment.detach();
  const batchLoss: () => tf.Scalar = layers.batchLoss(model);
  const termOfWords = {} as core.Regularizer<{ words: string }> & { name: 'words' };
  // @ts-expect-error no model has words
  layers.attach(model, [termOfWords]);
  const choice: layers.ChooseLambdaOptions = {
    model: () => model,
    terms: (lambda) => [sasps.sasp({ lambda })],
    x: features,
    y: targets,
    epochs: 2,
    validationSplit: 0.2,
    onTrial: ({ progress }) => console.log(progress),
  };
  const isGood = ({ value }: layers.LambdaTrial) => value < 1;
  const chosen: Promise<layers.ChosenLambda> = layers.chooseLambda(choice);
  chosen.then(({ lambda, trials }) => console.log(lambda, trials.every(isGood)));
  // @ts-expect-error the number of epochs is forgotten
  layers.chooseLambda({ model: () => model, terms: () => [], x: features, y: targets });
  return (inputs: layers.Inputs) => [inputs.logits, weighting.weights(), batchLoss()];
}

export function stepTypes() {
  const terms = [sasps.sasp(), cvps.cvp(), dmtas.dmta()] as const;
  const options: core.TrainStepOptions<typeof terms> = { optimizer, params: variables, terms };
  const forward: core.Forward<typeof terms> = () => ({ loss, logits, features, targets });
  const losses: core.Losses<typeof terms> = core.trainStep(options)(forward);
  isSame<keyof typeof losses, 'total' | 'base' | 'sasp' | 'cvp'>(true);
  const inputs: core.InputsOf<typeof terms> = { logits, features, targets };
  const read: kit.PenaltyInputs<typeof terms> = { ...inputs, params, grads };
  isSame<kit.Intersection<{ a: 1 } | { b: 2 }>, { a: 1 } & { b: 2 }>(true);
  const step = core.trainStep({ optimizer, terms: [sasps.sasp(), cvps.cvp()] });
  // @ts-expect-error the features are forgotten
  step(() => ({ loss, logits, targets }));
  // @ts-expect-error the loss is forgotten
  step(() => ({ logits, features, targets }));
  return read;
}

/** A penalty of one's own, with everything that the kit has for it. */
export function ownTerm(): core.Term[] {
  type Inputs = { logits: tf.Tensor2D };
  const weight: core.Weight = (step) => step;
  const rule: kit.Rule = kit.number('a number', (x) => x > 0);
  kit.checkOptions(
    'own',
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
      rule,
    },
  );
  const penalty = (inputs: Inputs, step = 0) => {
    kit.checkObject('own', 'inputs', inputs);
    kit.checkArgument('own', 'step', step, rule);
    const [B = 0] = kit.checkTensor('own', 'logits', inputs.logits, ['B', 'C']);
    if (B === 0) kit.reject('own', 'logits', 'of rows', logits);
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
      memory.replace(
        kit.clones(kit.checkTensors('own', 'grads', g, memory.tensors)),
        memory.steps + 1,
      ),
    getState: () => 0,
    setState: (state) => {
      kit.checkFormat('own', state, { format: 'own', version: 1 });
      kit.checkFloats('own', 'state', state, 3);
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
  kit.withPullback([logits], () => ({ value: loss, saved: [], pullback: () => [logits] }));
  kit.finiteEntries(logits);
  kit.variationShare(logits, logits);
  const constant: Promise<boolean> = core.collapsed(logits, logits);
  kit.constant(() => kit.rademacher([2], kit.randomSeed()));
  kit.holdBack;
  kit.checkMinimize('own', {});
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
  const values = [
    sums,
    shapes,
    kit.hostValues(logits),
    kit.hostView(logits)?.length,
    kit.isLooped(9),
  ];
  const numbers = [kit.weightAt('own', 1, 0), block.start, kit.isNotFinite(head)];
  return [
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

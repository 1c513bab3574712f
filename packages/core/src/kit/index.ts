// For authors of penalties. Training loops need only '@toploss/core'.
export { COLLAPSED, variationShare } from '../collapsed.js';
export { type DifferenceOptions, differenceRules } from '../hessian.js';
export { alias } from '../step/kept.js';
export {
  type CorrectedLists,
  type CorrectLists,
  type ObserveLists,
  withLists,
} from '../step/lists.js';
export { checkMinimize } from '../step/minimized.js';
export { flatTerms } from '../step/sort-terms.js';
export type * from '../term.js';
export { tryStep } from '../train-step.js';
export { type Block, blockOf } from './block.js';
export * from './check.js';
export { closedForm, constant, type WithPullback, withPullback } from './closed-form.js';
export { addScaled, elementwise, isLooped, type Loop, scaled } from './elementwise.js';
export { exponential } from './exponential.js';
export { finiteEntries, notFinite } from './finite-entries.js';
export { checkVariables, gradientsOf, reachedGradients } from './gradients-of.js';
export { checkClasses, type Head, headOf, headRule } from './head.js';
export { byPrograms, launch } from './launch.js';
export {
  filled,
  hostView,
  inLoop,
  ownView,
  scalarOf,
  sumOfProducts,
  tensorOf,
} from './loop.js';
export { type MeanOfRows, MOST_ROWS, meanOfRows } from './mean-of-rows.js';
export { checkFloats, checkSaved, Memory } from './memory.js';
export { clones, mapNamed } from './named.js';
export { expm1, log1p } from './near-zero.js';
export { expm1Text, expText, log1pText } from './near-zero-text.js';
export { onTape } from './on-tape.js';
export { type PenaltyParts, penaltyOf, type WeightedStep } from './penalty.js';
export { blocksOf, type Program, type Text } from './program.js';
export { returnsText, sumsText } from './program-text.js';
export { rademacher, randomSeed } from './random.js';
export {
  SoftmaxRow,
  softmax,
  softmaxRow,
  sumOverClasses,
} from './softmax.js';
export { addAll, dot, innerProduct, norm, sum } from './sum.js';
export { isInGradient, type Operation, record, recorded, unrecorded } from './tape.js';
export { type Weight, weightAt, weighted, zeroPenalty } from './weight.js';

export { type Attachment, type AttachOptions, attach } from './attach.js';
export type { TrialBatch } from './batch.js';
export { batchLoss } from './batch-loss.js';
export type { LambdaTrial } from './lambda/candidate.js';
export {
  type ChooseLambdaOptions,
  type ChosenLambda,
  chooseLambda,
} from './lambda/choose-lambda.js';
export type { Inputs } from './read/inputs.js';
export type { Weighting } from './read/weighting.js';

export { type Attachment, type AttachOptions, attach } from './attach.js';
export { batchLoss } from './batch-loss.js';
export type { LambdaTrial } from './candidate.js';
export { type ChooseLambdaOptions, type ChosenLambda, chooseLambda } from './choose-lambda.js';
export type { Inputs } from './inputs.js';
export type { TrialBatch } from './trial.js';
export type { Weighting } from './weighting.js';

import { callback, integer, number, type Rule } from '@toploss/core/kit';
import { Candidate, type CandidateOptions, check, type LambdaTrial } from './candidate.js';

export interface ChooseLambdaOptions extends CandidateOptions {
  /** The values to try besides 0; default .001, .003, .01, .03, .1, .3, 1, 3, 10. */
  lambdas?: readonly number[];
  /** The epochs of the last candidates, an integer ≥ 1: as many as you will train your model. */
  epochs: number;
  /** Called for each candidate at the end of each round; `progress` is the share of the work that is done. */
  onTrial?: (trial: LambdaTrial & { readonly progress: number }) => void | Promise<void>;
}

export interface ChosenLambda {
  readonly lambda: number;
  /** Each λ once, from 0 up. */
  readonly trials: LambdaTrial[];
}

const any: Rule = { expected: 'to be there', allows: (value) => value != null };
const rules = {
  model: callback,
  terms: callback,
  x: any,
  y: any,
  lambdas: {
    expected: 'to be a non-empty array of finite numbers ≥ 0',
    allows: (value: unknown) =>
      Array.isArray(value) && value.length > 0 && value.every((x) => Number.isFinite(x) && x >= 0),
  },
  epochs: integer(1),
  batchSize: integer(1),
  validationSplit: number('a number > 0 and < 1', (x) => x > 0 && x < 1),
  validationData: any,
  monitor: {
    expected: 'to begin with val_, as the training loss always prefers λ = 0',
    allows: (value: unknown) => typeof value === 'string' && value.startsWith('val_'),
  },
  onTrial: callback,
};

/** The shares of `epochs` after which the worse half stops. */
const rounds = [1 / 4, 1 / 2, 1];

/**
 * Chooses λ on validation data, by successive halving. All candidates train for a quarter of the epochs, the better
 * half for another quarter, and the better half of those to the end. With the default values this costs about five full
 * trainings. λ = 0, training without the terms, always stays in.
 *
 * All models start from the weights of the first one, so that they differ by λ alone. In the end, the models and their
 * optimizers are disposed of.
 *
 * Report the final result on a test set: λ was chosen on the validation data.
 *
 * @returns The best λ of those that were trained to the end, and all trials.
 * @throws When an option is missing or not allowed, when the terms can't work with the model, or when training fails.
 *   A gradient that is not finite is a failure at λ = 0 only. At any other λ training has diverged, and that λ loses.
 *
 * @example
 * const { lambda } = await chooseLambda({ model: makeModel, terms: (lambda) => [sasp({ lambda })], x, y, epochs: 40, validationSplit: 0.2 });
 * attach(model, [sasp({ lambda })]);
 *
 * @see K. Jamieson and A. Talwalkar, Non-stochastic Best Arm Identification and Hyperparameter Optimization, 2016.
 */
export async function chooseLambda(options: ChooseLambdaOptions): Promise<ChosenLambda> {
  check.options(options, rules);
  for (const key of ['model', 'terms', 'x', 'y', 'epochs'] as const) {
    check.argument(key, options[key], rules[key]);
  }
  const { lambdas = [0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10] } = options;
  if ((options.validationSplit === undefined) === (options.validationData == null)) {
    const expected = 'to have one of `validationSplit` and `validationData`';
    check.reject('options', expected, options);
  }
  const candidates: Candidate[] = [];
  try {
    // 0 first, then up.
    for (const lambda of [...new Set([0, ...lambdas])].sort((a, b) => a - b)) {
      const candidate = new Candidate(lambda, options, candidates);
      candidates.push(candidate);
      candidate.attach(candidates[0] as Candidate);
    }
    const { lambda } = (await halve(candidates, options)).trial;
    return { lambda, trials: candidates.map(({ trial }) => trial) };
  } finally {
    for (const candidate of candidates) {
      candidate.dispose();
    }
  }
}

async function halve(
  candidates: readonly Candidate[],
  { epochs, monitor = '', onTrial }: ChooseLambdaOptions,
): Promise<Candidate> {
  const sign = monitor.includes('acc') ? -1 : 1;
  const rank = ({ trial: { value } }: Candidate) =>
    Number.isNaN(value) ? Number.POSITIVE_INFINITY : sign * value;
  const ends = [...new Set(rounds.map((share) => Math.ceil(share * epochs)))];
  const sizeOf = (round: number) =>
    Math.min(candidates.length, Math.max(2, Math.ceil(candidates.length / 2 ** round)));
  const work = ends.map((end, k) => sizeOf(k) * (end - (ends[k - 1] ?? 0)));
  const total = work.reduce((a, b) => a + b);
  let done = 0;
  let left = [...candidates];
  const [plain] = candidates as [Candidate];
  for (const [k, end] of ends.entries()) {
    for (const candidate of left) {
      done += end - candidate.trial.epochs;
      await candidate.trainUntil(end);
      await onTrial?.({ ...candidate.trial, progress: done / total });
    }
    left.sort((a, b) => rank(a) - rank(b));
    const better = left.slice(0, k + 1 < ends.length ? sizeOf(k + 1) : undefined);
    left = better.includes(plain) ? better : [...better.slice(0, -1), plain];
  }
  return left[0] as Candidate;
}

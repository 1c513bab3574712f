import { random } from '@toploss/examples/random';
import type { Measurements } from '../../study.js';
import { type DecayName, underAdam } from './adam.js';
import { curl } from './curl.js';
import { pathDependence, potentialError } from './existence.js';
import { orderOf, toCorrectedFlow, toFlow, toGradientCorrectedFlow } from './flow.js';
import { byOptimizer, byPenalty, largestDifference } from './iterates.js';
import { LOOKALIKES, type LookalikeName } from './lookalikes.js';
import { type MethodName, methodOf } from './methods.js';
import { randomNetwork } from './network.js';
import { byPackages, PRODUCTS, type ProductName } from './packages.js';
import type { Problem } from './problem.js';
import { randomQuadratics } from './quadratic.js';
import { add, type Vector } from './vector.js';

export type Kind = 'quadratic' | 'network';

/** What is asked of one method. */
export type Setting =
  | { part: 'iterates'; kind: Kind; method: MethodName; steps: number }
  | { part: 'lookalikes'; lookalike: LookalikeName; steps: number }
  | { part: 'packages'; product: ProductName; steps: number }
  | { part: 'order'; kind: Kind; method: MethodName }
  | { part: 'conservative'; kind: Kind; method: MethodName }
  | { part: 'adam'; decay: DecayName; steps: number };

export const problemOf = (kind: Kind, seed: number): Problem =>
  kind === 'quadratic' ? randomQuadratics(seed) : randomNetwork(seed);

export function measure(setting: Setting, seed: number): Measurements {
  switch (setting.part) {
    case 'iterates': {
      const method = methodOf(setting.method);
      const problem = problemOf(setting.kind, seed);
      const path = byOptimizer(method, problem, setting.steps);
      return { difference: largestDifference(path, byPenalty(method, problem, setting.steps)) };
    }
    case 'lookalikes': {
      const { method: name, penalty } = LOOKALIKES[setting.lookalike];
      const method = methodOf(name);
      const problem = problemOf('network', seed);
      const path = byOptimizer(method, problem, setting.steps);
      const other = byPenalty({ ...method, penalty }, problem, setting.steps);
      return { difference: largestDifference(path, other) };
    }
    case 'packages':
      return { difference: packagesDifference(setting, seed) };
    case 'order':
      return order(setting, seed);
    case 'conservative':
      return conservative(setting, seed);
    case 'adam': {
      const path = underAdam(setting.decay, 2 * random(seed, 'start').normal(), setting.steps);
      return { end: path.at(-1) as number, path };
    }
  }
}

/** Float32 in the packages beside float64. */
function packagesDifference(
  { product, steps }: Extract<Setting, { part: 'packages' }>,
  seed: number,
): number {
  const problem = problemOf('network', seed);
  const path = byOptimizer(methodOf(PRODUCTS[product].method), problem, steps);
  const network = problem.network as NonNullable<Problem['network']>;
  return largestDifference(path, byPackages(product, network, problem.start, steps));
}

/** Of f = g + c. */
function order({ kind, method: name }: Extract<Setting, { part: 'order' }>, seed: number) {
  const method = methodOf(name);
  const problem = problemOf(kind, seed);
  const { start, loss } = problem;
  const c = method.correction(problem, loss.gradient(start));
  const f = (theta: Vector) => add(loss.gradient(theta), c(theta));
  const first = toFlow(f, start);
  const second = toCorrectedFlow(f, start);
  // Costs a Jacobian at every step: where it matters
  const gradient = method.penalty ? undefined : toGradientCorrectedFlow(f, start);
  return {
    first,
    firstOrder: orderOf(first),
    second,
    secondOrder: orderOf(second),
    ...(gradient && { gradient, gradientOrder: orderOf(gradient) }),
  };
}

const POINTS = 3;

/** Means over random points about the start; `slow`, where there is an average, is the gradient at one of them. */
function conservative(
  { kind, method: name }: Extract<Setting, { part: 'conservative' }>,
  seed: number,
) {
  const method = methodOf(name);
  const problem = problemOf(kind, seed);
  const { normal } = random(seed, 'points');
  const dimension = problem.start.length * (method.onExtendedState ? 2 : 1);
  const normals = () => Array.from({ length: dimension }, normal);
  const slow = problem.loss.gradient(problem.start);
  const c = method.correction(problem, slow);
  const penalty = method.penalty?.(problem, slow);
  const measured = Array.from({ length: POINTS }, () => {
    const points = [normals(), normals(), normals()] as const;
    return {
      curl: curl(c, points[0]),
      pathDependence: pathDependence(c, points),
      ...(penalty && { potentialError: potentialError(c, penalty, points) }),
    };
  });
  return Object.fromEntries(
    Object.keys(measured[0] as object).map((quantity) => [
      quantity,
      measured.reduce(
        (sum, entry) => sum + ((entry as Record<string, number>)[quantity] as number) / POINTS,
        0,
      ),
    ]),
  );
}

import { along, jacobian } from './differences.js';
import { add, dot, type Field, norm, type Vector } from './vector.js';

const TIME = 1;
const FLOW_STEPS = 50;

/** η, halved each time. */
export const RATES = [16, 32, 64, 128, 256].map((steps) => TIME / steps);

/** x(T) of ẋ = −f(x), by Runge and Kutta's formula of order 4. */
function flow(f: Field, start: Vector): Vector {
  const h = -TIME / FLOW_STEPS;
  let x = start;
  for (let k = 0; k < FLOW_STEPS; k++) {
    const k1 = f(x);
    const k2 = f(add(x, k1, h / 2));
    const k3 = f(add(x, k2, h / 2));
    const k4 = f(add(x, k3, h));
    x = [k1, k2, k2, k3, k3, k4].reduce<Vector>((sum, slope) => add(sum, slope, h / 6), x);
  }
  return x;
}

function descent(f: Field, start: Vector, eta: number): Vector {
  let x = start;
  for (let k = 0; k < Math.round(TIME / eta); k++) x = add(x, f(x), -eta);
  return x;
}

/** Distances of the descent's end to that of a flow, for every η. */
const distances = (f: Field, start: Vector, end: (eta: number) => Vector): number[] =>
  RATES.map((eta) => norm(add(descent(f, start, eta), end(eta), -1)));

/** To the flow of −f: O(η). */
export function toFlow(f: Field, start: Vector): number[] {
  const end = flow(f, start);
  return distances(f, start, () => end);
}

/**
 * To the flow of −(f + (η/2) J f): O(η²). Where f = ∇F that is the gradient of F + (η/4)‖∇F‖².
 *
 * @see Barrett and Dherin, https://arxiv.org/abs/2009.11162
 */
export function toCorrectedFlow(f: Field, start: Vector): number[] {
  const corrected = (eta: number) => (x: Vector) => {
    const v = f(x);
    return add(v, along(f, x, v), eta / 2);
  };
  return distances(f, start, (eta) => flow(corrected(eta), start));
}

/** To the flow of −(f + (η/4)∇‖f‖²) = −(f + (η/2) Jᵀf), the same only where J is symmetric. */
export function toGradientCorrectedFlow(f: Field, start: Vector): number[] {
  const corrected = (eta: number) => (x: Vector) => {
    const v = f(x);
    const J = jacobian(f, x);
    const transposed = x.map((_, column) =>
      dot(
        J.map((row) => row[column] as number),
        v,
      ),
    );
    return add(v, transposed, eta / 2);
  };
  return distances(f, start, (eta) => flow(corrected(eta), start));
}

/** p of error ∝ ηᵖ, by least squares on the logarithms. */
export function orderOf(errors: readonly number[]): number {
  const [x, y] = [RATES, errors].map((values) => {
    const logs = values.map(Math.log);
    const mean = logs.reduce((a, b) => a + b) / logs.length;
    return logs.map((value) => value - mean);
  }) as [number[], number[]];
  return dot(x, y) / dot(x, x);
}

/** That of the last halving: a fit has the errors of a large η in it. */
export const lastOrder = (errors: readonly number[]): number =>
  Math.log2((errors.at(-2) as number) / (errors.at(-1) as number));

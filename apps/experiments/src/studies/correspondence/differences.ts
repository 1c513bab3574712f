import { add, type Field, scale, type Vector } from './vector.js';

const STEP = 1e-3; // rounding leaves an error of 1e-13, the formula one of 1e-18 times a seventh derivative
const WEIGHTS = [45, -9, 1].map((weight) => weight / (60 * STEP));

/** The derivative of t ↦ f(θ + t v) at 0, by central differences of sixth order. */
export function along(f: Field, theta: Vector, v: Vector): number[] {
  const differences = WEIGHTS.map((weight, k) => {
    const offset = (k + 1) * STEP;
    return scale(weight, add(f(add(theta, v, offset)), f(add(theta, v, -offset)), -1));
  });
  return differences.reduce((sum, difference) => add(sum, difference));
}

const units = (theta: Vector): number[][] =>
  theta.map((_, k) => theta.map((_, j) => Number(j === k)));

/** J of any number of functions, row by row: the gradients of the field's entries. */
export function jacobian(f: Field, theta: Vector): number[][] {
  const columns = units(theta).map((unit) => along(f, theta, unit));
  return f(theta).map((_, row) => columns.map((column) => column[row] as number));
}

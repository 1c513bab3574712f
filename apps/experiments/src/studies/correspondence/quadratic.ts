import { random } from '@toploss/examples/random';
import { meanOf, type Objective, type Problem } from './problem.js';
import { add, dot, norm, scale, type Vector } from './vector.js';

/** ½ ⟨θ − θ*, A(θ − θ*)⟩ */
export function quadratic(A: readonly Vector[], minimum: Vector): Objective {
  const times = (v: Vector) => A.map((row) => dot(row, v));
  return {
    value: (theta) => {
      const offset = add(theta, minimum, -1);
      return dot(offset, times(offset)) / 2;
    },
    gradient: (theta) => times(add(theta, minimum, -1)),
    hessianProduct: (_, v) => times(v),
  };
}

/**
 * Two quadratics with minima of their own, and eigenvalues from .02 to 1 along random directions: so flat that the iterates
 * are still on their way at the end, for at g = 0 neither ‖g‖ nor a cosine with g has a derivative.
 */
export function randomQuadratics(seed: number, dimension = 5): Problem {
  const { normal } = random(seed, 'quadratics');
  const normals = () => Array.from({ length: dimension }, normal);
  const tasks = [0, 1].map(() => {
    const directions = orthonormal(Array.from({ length: dimension }, normals));
    const eigenvalues = directions.map((_, k) => 0.02 * 50 ** (k / (dimension - 1)));
    const A = directions.map((_, row) =>
      directions.map((_, column) =>
        directions.reduce(
          (sum, q, k) =>
            sum + (eigenvalues[k] as number) * (q[row] as number) * (q[column] as number),
          0,
        ),
      ),
    );
    return quadratic(A, normals());
  });
  return {
    start: scale(5, normals()),
    loss: meanOf(tasks),
    tasks,
    tensors: [[0, dimension]],
  };
}

/** By Gram and Schmidt. */
function orthonormal(vectors: readonly Vector[]): Vector[] {
  const basis: Vector[] = [];
  for (const vector of vectors) {
    const rest = basis.reduce((v, q) => add(v, q, -dot(v, q)), vector);
    basis.push(scale(1 / norm(rest), rest));
  }
  return basis;
}

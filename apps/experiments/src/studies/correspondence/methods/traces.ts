import { LAMBDA, type Method } from '../method.js';
import { type Head, netOf } from '../problem.js';
import { add, dot, scale, type Vector } from '../vector.js';

const size = (x: Vector) => dot(x, x);

/** ‖p − y‖²(‖h‖² + 1), the trace of the head's empirical Fisher matrix. */
export const fisherTrace: Head = {
  value: ({ h, p }, { y }) => size(add(p, y, -1)) * (size(h) + 1),
  gradient: ({ h, p }, { y }) => {
    const e = add(p, y, -1);
    const mean = dot(p, e);
    return {
      dz: p.map((value, c) => (size(h) + 1) * 2 * value * ((e[c] as number) - mean)),
      dh: scale(2 * size(e), h),
    };
  },
};

/** (1 − ‖p‖²)(‖h‖² + 1), the trace of the head's Hessian. */
export const hessianTrace: Head = {
  value: ({ h, p }) => (1 - size(p)) * (size(h) + 1),
  gradient: ({ h, p }) => ({
    dz: p.map((value) => (size(h) + 1) * -2 * value * (value - size(p))),
    dh: scale(2 * (1 - size(p)), h),
  }),
};

/** c = λ∇T in closed form, Φ = λT. */
export const sasp = (head: Head): Method => ({
  needsNetwork: true,
  correction: (problem) => (theta) => scale(LAMBDA, netOf(problem).mean(head).gradient(theta)),
  penalty: (problem) => (theta) => LAMBDA * netOf(problem).mean(head).value(theta),
});

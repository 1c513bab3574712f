import { random } from '@toploss/examples/random';
import {
  type Example,
  type Head,
  meanOf,
  type Network,
  type Objective,
  type Pass,
  type Problem,
} from './problem.js';
import type { Vector } from './vector.js';

const [INPUTS, HIDDEN, OUTPUTS] = [2, 3, 2];
const EXAMPLES = 8;

/** θ: W₁ [inputs, hidden], b₁, W₂ [hidden, outputs], b₂, one after the other, row by row. */
export const SHAPES = [[INPUTS, HIDDEN], [HIDDEN], [HIDDEN, OUTPUTS], [OUTPUTS]] as const;
const B1 = INPUTS * HIDDEN;
const W2 = B1 + HIDDEN;
const B2 = W2 + HIDDEN * OUTPUTS;
const SIZE = B2 + OUTPUTS;

const at = (x: Vector, k: number) => x[k] as number;

function pass(theta: Vector, { x }: Example): Pass {
  const h: number[] = [];
  for (let j = 0; j < HIDDEN; j++) {
    let s = at(theta, B1 + j);
    for (let i = 0; i < INPUTS; i++) s += at(theta, i * HIDDEN + j) * at(x, i);
    h.push(Math.tanh(s));
  }
  const z: number[] = [];
  for (let c = 0; c < OUTPUTS; c++) {
    let s = at(theta, B2 + c);
    for (let j = 0; j < HIDDEN; j++) s += at(theta, W2 + j * OUTPUTS + c) * at(h, j);
    z.push(s);
  }
  const top = Math.max(...z);
  const powers = z.map((s) => Math.exp(s - top));
  const sum = powers.reduce((a, b) => a + b);
  return { h, p: powers.map((e) => e / sum) };
}

/** Adds x dsᵀ, the derivative by a kernel that lies there. */
function addKernel(into: number[], from: number, x: Vector, ds: Vector): void {
  for (let i = 0; i < x.length; i++) {
    for (let k = 0; k < ds.length; k++) {
      const j = from + i * ds.length + k;
      into[j] = at(into, j) + at(x, i) * at(ds, k);
    }
  }
}

function addBias(into: number[], from: number, ds: Vector): void {
  for (let k = 0; k < ds.length; k++) into[from + k] = at(into, from + k) + at(ds, k);
}

/** W₂ dz */
function backward(theta: Vector, dz: Vector): number[] {
  const dh: number[] = [];
  for (let j = 0; j < HIDDEN; j++) {
    let sum = 0;
    for (let c = 0; c < OUTPUTS; c++) sum += at(theta, W2 + j * OUTPUTS + c) * at(dz, c);
    dh.push(sum);
  }
  return dh;
}

export function network(examples: readonly Example[]): Network {
  return {
    examples,
    mean: (head) => ({
      value: (theta) =>
        examples.reduce((sum, example) => sum + head.value(pass(theta, example), example), 0) /
        examples.length,
      gradient(theta) {
        const gradient = new Array<number>(SIZE).fill(0);
        for (const example of examples) {
          const { h, p } = pass(theta, example);
          const { dz, dh } = head.gradient({ h, p }, example);
          const mean = (x: Vector) => x.map((value) => value / examples.length);
          const through = backward(theta, dz);
          const ds = h.map((a, j) => (1 - a * a) * (at(through, j) + at(dh, j)));
          addKernel(gradient, 0, example.x, mean(ds));
          addBias(gradient, B1, mean(ds));
          addKernel(gradient, W2, h, mean(dz));
          addBias(gradient, B2, mean(dz));
        }
        return gradient;
      },
    }),
    shifted: (noise) =>
      network(
        examples.map(({ x, y }, k) => ({
          x: x.map((value, i) => value + at(noise[k] as Vector, i)),
          y,
        })),
      ),
  };
}

const NONE = new Array<number>(HIDDEN).fill(0);

/** −log p_y, ∂/∂z = p − y */
const crossEntropy: Head = {
  value: ({ p }, { y }) => -Math.log(p.reduce((sum, value, c) => sum + value * at(y, c), 0)),
  gradient: ({ p }, { y }) => ({ dz: p.map((value, c) => value - at(y, c)), dh: NONE }),
};

/** The mean cross-entropy; its Hessian times v is the derivative of the backward pass along v (Pearlmutter 1994). */
export function crossEntropyOf(net: Network): Objective {
  return {
    ...net.mean(crossEntropy),
    hessianProduct(theta, v) {
      const product = new Array<number>(SIZE).fill(0);
      for (const example of net.examples) {
        const { x, y } = example;
        const { h, p } = pass(theta, example);
        const slope = h.map((a) => 1 - a * a);
        // R{·}: the derivative of a quantity as θ moves along v
        const Rh = slope.map((d, j) => {
          let s = at(v, B1 + j);
          for (let i = 0; i < INPUTS; i++) s += at(v, i * HIDDEN + j) * at(x, i);
          return d * s;
        });
        const Rz = p.map((_, c) => {
          let s = at(v, B2 + c);
          for (let j = 0; j < HIDDEN; j++) {
            const k = W2 + j * OUTPUTS + c;
            s += at(v, k) * at(h, j) + at(theta, k) * at(Rh, j);
          }
          return s;
        });
        const mean = p.reduce((sum, value, c) => sum + value * at(Rz, c), 0);
        const count = net.examples.length;
        const dz = p.map((value, c) => (value - at(y, c)) / count);
        const Rdz = p.map((value, c) => (value * (at(Rz, c) - mean)) / count);
        const dh = backward(theta, dz);
        const Rdh = backward(v, dz).map((value, j) => value + at(backward(theta, Rdz), j));
        const Rds = h.map((a, j) => at(slope, j) * at(Rdh, j) - 2 * a * at(Rh, j) * at(dh, j));
        addKernel(product, 0, x, Rds);
        addBias(product, B1, Rds);
        addKernel(product, W2, h, Rdz);
        addKernel(product, W2, Rh, dz);
        addBias(product, B2, Rdz);
      }
      return product;
    },
  };
}

/** Random weights and examples; the first and the second half of these are two tasks. In float32, as the packages see them. */
export function randomNetwork(seed: number): Problem {
  const { normal } = random(seed, 'network');
  const normals = (length: number) => Array.from({ length }, () => Math.fround(normal()));
  const teacher = normals(INPUTS);
  const examples = Array.from({ length: EXAMPLES }, () => {
    const x = normals(INPUTS);
    const side = Number(x.reduce((sum, value, i) => sum + value * at(teacher, i), normal()) > 0);
    return { x, y: [1 - side, side] };
  });
  const tasks = [examples.slice(0, EXAMPLES / 2), examples.slice(EXAMPLES / 2)];
  const objectives = tasks.map((half) => crossEntropyOf(network(half)));
  return {
    start: normals(SIZE),
    loss: meanOf(objectives),
    tasks: objectives,
    tensors: [
      [0, B1],
      [W2, B2],
    ],
    network: network(examples),
  };
}

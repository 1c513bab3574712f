import { total } from './close.js';
import { softmax } from './head.js';

type Matrix = readonly (readonly number[])[];

type Phi = [(s: number) => number, (s: number) => number];

/** φ and φ′ of s, as every textbook has them. */
export const activations: Record<string, Phi> = {
  linear: [(s) => s, () => 1],
  relu: [(s) => Math.max(s, 0), (s) => Number(s > 0)],
  relu6: [(s) => Math.min(Math.max(s, 0), 6), (s) => Number(s > 0 && s < 6)],
  leakyRelu: [(s) => (s > 0 ? s : 0.2 * s), (s) => (s > 0 ? 1 : 0.2)],
  elu: [(s) => (s > 0 ? s : Math.expm1(s)), (s) => (s > 0 ? 1 : Math.exp(s))],
  tanh: [Math.tanh, (s) => 1 / Math.cosh(s) ** 2],
  sigmoid: [(s) => 1 / (1 + Math.exp(-s)), (s) => 1 / ((1 + Math.exp(-s)) * (1 + Math.exp(s)))],
  softplus: [
    (s) => Math.max(s, 0) + Math.log1p(Math.exp(-Math.abs(s))),
    (s) => 1 / (1 + Math.exp(-s)),
  ],
  swish: [(s) => s / (1 + Math.exp(-s)), (s) => (1 + s / (1 + Math.exp(s))) / (1 + Math.exp(-s))],
};

const product = (x: readonly number[], W: Matrix, fanOut: number): number[] =>
  Array.from({ length: fanOut }, (_, j) => total(x.map((xi, i) => xi * (W[i]?.[j] as number))));

const squares = (x: readonly number[]): number => total(x.map((xi) => xi * xi));

/**
 * tr A S_{L−1} + Σ_{ℓ<L} ‖δ_ℓ‖² S_{ℓ−1}, of one example and one probe ξ; of every unit vector in its place it is the
 * exact trace.
 */
export function traceOf(
  input: readonly number[],
  layers: readonly {
    W: Matrix;
    b: readonly number[];
    hasBias: boolean;
    activation: string | undefined;
  }[],
  head: 'softmax' | 'sigmoid' | 'linear',
  probes: Matrix,
  { includeBias = true, scale = 'absolute' }: { includeBias?: boolean; scale?: string },
): number {
  const a: (readonly number[])[] = [input];
  const s: (readonly number[])[] = [];
  for (const { W, b, activation = 'linear' } of layers) {
    const pre = product(a.at(-1) as number[], W, b.length).map((x, j) => x + (b[j] as number));
    s.push(pre);
    a.push(pre.map((activations[activation] as Phi)[0]));
  }
  const S = layers.map(({ W, b, hasBias }, l) => {
    const length = squares(a[l] as number[]);
    return scale === 'relative'
      ? (length * squares(W.flat())) / (W.length * b.length)
      : length + (includeBias && hasBias ? 1 : 0);
  });
  const z = a.at(-1) as number[];
  const last = layers.length - 1;
  const { p, q } = softmax(z);
  const sr = z.map((x) => 1 / ((1 + Math.exp(-x)) * (1 + Math.exp(x))));
  const trace = {
    softmax: total(p.map((x, k) => x * (q[k] as number))),
    sigmoid: total(sr),
    linear: z.length,
  }[head];
  let T = trace * (S[last] as number);
  for (const xi of probes) {
    const rx = p.map((x, k) => Math.sqrt(x) * (xi[k] as number));
    let delta = {
      softmax: rx.map((x, k) => x - (p[k] as number) * total(rx)),
      sigmoid: sr.map((x, k) => Math.sqrt(x) * (xi[k] as number)),
      linear: [...xi],
    }[head];
    for (let l = last - 1; l >= 0; l--) {
      const { W } = layers[l + 1] as { W: Matrix };
      const slope = (
        activations[layers[l]?.activation ?? 'linear'] as [unknown, (s: number) => number]
      )[1];
      const behind = delta;
      delta = (s[l] as number[]).map(
        (x, i) =>
          slope(x) * total((W[i] as readonly number[]).map((w, j) => w * (behind[j] as number))),
      );
      T += squares(delta) * (S[l] as number);
    }
  }
  return T;
}

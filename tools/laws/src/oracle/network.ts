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

interface Layer {
  W: Matrix;
  b: readonly number[];
  hasBias: boolean;
  activation: string | undefined;
}

type Head = 'softmax' | 'sigmoid' | 'linear';

/**
 * tr A S_{L−1} + Σ_{ℓ<L} ‖δ_ℓ‖² S_{ℓ−1}, of one example and one probe ξ; of every unit vector in its place it is the
 * exact trace.
 */
export function traceOf(
  input: readonly number[],
  layers: readonly Layer[],
  head: Head,
  probes: Matrix,
  { includeBias = true, scale = 'absolute' }: { includeBias?: boolean; scale?: string },
): number {
  const { a, s } = pass(input, layers);
  const S = layers.map(({ W, b, hasBias }, l) => {
    const length = squares(a[l] as number[]);
    return scale === 'relative'
      ? (length * squares(W.flat())) / (W.length * b.length)
      : length + (includeBias && hasBias ? 1 : 0);
  });
  const { trace, root } = curvature(head, a.at(-1) as number[]);
  const last = layers.length - 1;
  let T = trace * (S[last] as number);
  for (const xi of probes) {
    let delta = root(xi);
    for (let l = last - 1; l >= 0; l--) {
      const { W } = layers[l + 1] as Layer;
      const [, slope] = activations[layers[l]?.activation ?? 'linear'] as Phi;
      const back = W.map((w) => total(w.map((x, j) => x * (delta[j] as number))));
      delta = (s[l] as number[]).map((x, i) => slope(x) * (back[i] as number));
      T += squares(delta) * (S[l] as number);
    }
  }
  return T;
}

/** a₀ = x, s_ℓ = a_{ℓ−1} W_ℓ + b_ℓ, a_ℓ = φ(s_ℓ). */
function pass(input: readonly number[], layers: readonly Layer[]) {
  const a: (readonly number[])[] = [input];
  const s: (readonly number[])[] = [];
  for (const { W, b, activation = 'linear' } of layers) {
    const pre = product(a.at(-1) as number[], W, b.length).map((x, j) => x + (b[j] as number));
    s.push(pre);
    a.push(pre.map((activations[activation] as Phi)[0]));
  }
  return { a, s };
}

/** tr A, and Rξ with RRᵀ = A, at the logits z. */
function curvature(
  head: Head,
  z: readonly number[],
): { trace: number; root: (xi: readonly number[]) => number[] } {
  if (head === 'linear') {
    return { trace: z.length, root: (xi) => [...xi] };
  }
  if (head === 'sigmoid') {
    const variances = z.map((x) => 1 / ((1 + Math.exp(-x)) * (1 + Math.exp(x))));
    const root = (xi: readonly number[]) =>
      variances.map((x, k) => Math.sqrt(x) * (xi[k] as number));
    return { trace: total(variances), root };
  }
  const { p, q } = softmax(z);
  return {
    trace: total(p.map((x, k) => x * (q[k] as number))),
    root: (xi) => {
      const rx = p.map((x, k) => Math.sqrt(x) * (xi[k] as number));
      return rx.map((x, k) => x - (p[k] as number) * total(rx));
    },
  };
}

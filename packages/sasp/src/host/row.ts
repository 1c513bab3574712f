/** One example, [C] each: y is given, NaN where a label is missing, the rest is written. */
export interface HostRow {
  readonly y: Float64Array;
  /** The prediction. */
  readonly p: Float64Array;
  /** Sigmoid: 1 − p. */
  readonly q: Float64Array;
  /** e = ∂ℓ/∂z */
  readonly e: Float64Array;
  /** Softmax: the class of the largest logit. */
  likely: number;
  /** 1 − p of that class, the sum of the others: as p → 1 the difference would keep no digit. */
  unlikely: number;
  /** Softmax: the largest logit, and log Σ exp of what the others are beyond it. Apart, as the sum of a large one and the other would lose that. */
  largest: number;
  logSum: number;
  /** What a curvature's gradient takes from its size: of softmax Σ p e over all but the likely class, or tr A. */
  sum: number;
}

/** A curvature of the table of heads.ts, for one example. */
export interface HostCurvature {
  /** c */
  sizeOf(row: HostRow): number;
  /** a e + b ∇_z c, from `offset` on; after `sizeOf`. */
  writeGradient(row: HostRow, a: number, b: number, into: Float32Array, offset: number): void;
}

/** Of the example whose logits are those from `start` on. */
export interface HostHead {
  /** p and e. */
  predict(z: ArrayLike<number>, start: number, row: HostRow): void;
  /** ℓ */
  lossOf(z: ArrayLike<number>, start: number, row: HostRow): number;
  readonly curvatures: Readonly<Record<'fisher' | 'hessian', HostCurvature>>;
}

export function hostRow(C: number): HostRow {
  const [y, p, q, e] = [0, 1, 2, 3].map(() => new Float64Array(C)) as [
    Float64Array,
    Float64Array,
    Float64Array,
    Float64Array,
  ];
  return { y, p, q, e, likely: 0, unlikely: 0, largest: 0, logSum: 0, sum: 0 };
}

/** Of the loss alone, a e. */
export function writeError({ e }: HostRow, a: number, into: Float32Array, offset: number): void {
  for (let k = 0; k < e.length; k++) {
    into[offset + k] = a * e[k]!;
  }
}

export function squares(x: Float64Array): number {
  let total = 0;
  for (let k = 0; k < x.length; k++) {
    total += x[k]! ** 2;
  }
  return total;
}

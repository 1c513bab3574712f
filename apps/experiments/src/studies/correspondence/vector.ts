/** Of float64: what the packages do in float32 is compared with these. */
export type Vector = readonly number[];

/** A vector at every point. */
export type Field = (theta: Vector) => Vector;

/** x + factor y */
export const add = (x: Vector, y: Vector, factor = 1): number[] =>
  x.map((value, k) => value + factor * (y[k] as number));

export const scale = (factor: number, x: Vector): number[] => x.map((value) => factor * value);

export const dot = (x: Vector, y: Vector): number =>
  x.reduce((sum, value, k) => sum + value * (y[k] as number), 0);

export const norm = (x: Vector): number => Math.sqrt(dot(x, x));

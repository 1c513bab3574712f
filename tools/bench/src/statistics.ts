/** By linear interpolation between the two values beside it. */
export function quantile(values: readonly number[], q: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const position = q * (sorted.length - 1);
  const [below, above] = [sorted[Math.floor(position)], sorted[Math.ceil(position)]];
  return below === undefined || above === undefined
    ? Number.NaN
    : below + (position % 1) * (above - below);
}

export const median = (values: readonly number[]): number => quantile(values, 0.5);

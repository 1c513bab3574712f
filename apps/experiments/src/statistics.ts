export function mean(values: readonly number[]): number {
  return values.reduce((sum, x) => sum + x, 0) / values.length;
}

/** Half the width of the 95 % interval of the mean, by Student's t. */
export function halfWidth(values: readonly number[]): number {
  const center = mean(values);
  const squares = values.reduce((sum, x) => sum + (x - center) ** 2, 0);
  const n = values.length;
  return (T_975[n - 2] ?? 1.96) * Math.sqrt(squares / (n - 1) / n);
}

/** The .975 quantile of Student's t with 1, 2, … degrees of freedom. */
const T_975 = [12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262];

export const withInterval = (values: readonly number[], digits: number): string =>
  `${mean(values).toFixed(digits)} ± ${halfWidth(values).toFixed(digits)}`;

import { total } from './close.js';

interface Formula {
  readonly gamma?: number;
  readonly eps?: number;
  readonly total?: number;
}

/** w = total · softmax(log(r + ε) − γ log(κ + ε)); 0 where there is no r. */
export function weights(
  r: readonly (number | undefined)[],
  kappa: readonly number[],
  { gamma = 1, eps = 1e-6, total: sum = 1 }: Formula,
): number[] {
  const scores = r.map((x, t) =>
    x === undefined
      ? -Number.MAX_VALUE
      : Math.log(x + eps) - gamma * Math.log((kappa[t] as number) + eps),
  );
  const largest = Math.max(...scores);
  const powers = scores.map((x) => Math.exp(x - largest));
  const all = total(powers);
  return powers.map((x) => (sum * x) / all);
}

interface Step {
  readonly losses: readonly number[];
  readonly proxies: readonly number[];
}

interface TaskStep {
  readonly loss: number;
  readonly proxy: number;
}

/** The steps that had task t: neither its loss nor its proxy is 0. */
export const stepsOf = (steps: readonly Step[], t: number): TaskStep[] =>
  steps
    .map(({ losses, proxies }) => ({ loss: losses[t] as number, proxy: proxies[t] as number }))
    .filter(({ loss, proxy }) => loss !== 0 && proxy !== 0);

/** r of the last of these steps of a task, by how its floor is found; nothing without a step. */
export function excess(
  steps: readonly TaskStep[],
  floor: 'ema-min' | 'window-min' | 'taylor' | number,
  window: number,
): number | undefined {
  const last = steps.at(-1);
  if (last === undefined) {
    return undefined;
  }
  const losses = steps.map(({ loss }) => loss);
  if (typeof floor === 'number') {
    return Math.max(last.loss - floor, 0);
  }
  if (floor === 'window-min') {
    return last.loss - Math.min(...losses.slice(-window));
  }
  if (floor === 'taylor') {
    return last.proxy / Math.sqrt(total(steps.map(({ proxy }) => proxy)) + 1e-7);
  }
  const [first, ...rest] = losses as [number, ...number[]];
  let [a, b, m] = [first, first, first];
  for (const x of rest) {
    a += Math.min(10 / window, 1) * (x - a);
    b += (x - b) / window;
    m = Math.min(b, m + (b - m) / window);
  }
  return Math.max(a, b) - Math.min(a, m);
}

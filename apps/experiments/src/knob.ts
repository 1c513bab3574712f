import type { Arm, Candidate } from './study.js';

/**
 * An arm with one number to choose. Its grid is extended by its own ratio as long as the best value lies at an
 * edge, unless that is the end of the knob: 0, which is the method switched off, or `max`.
 */
export function knob<Setting>(
  symbol: string,
  values: readonly number[],
  setting: (value: number) => Setting,
  { max = Number.POSITIVE_INFINITY }: { max?: number } = {},
): Pick<Arm<Setting>, 'candidates' | 'beyond'> {
  const candidate = (value: number): Candidate<Setting> => ({
    label: `${symbol} = ${value}`,
    setting: setting(value),
  });
  const tried = (label: string) => Number(label.slice(symbol.length + 3));
  return {
    candidates: values.map(candidate),
    beyond(edge, candidates) {
      const known = candidates.map(({ label }) => tried(label));
      const [end, inner] = edge === 'low' ? [known[0], known[1]] : [known.at(-1), known.at(-2)];
      if (end === undefined || inner === undefined || end === 0 || inner === 0) {
        return undefined;
      }
      const value = Number((end * (end / inner)).toPrecision(3));
      return value > max ? undefined : candidate(value);
    },
  };
}

/** An arm without anything to choose. */
export function fixed<Setting>(setting: Setting): Pick<Arm<Setting>, 'candidates'> {
  return { candidates: [{ label: '', setting }] };
}

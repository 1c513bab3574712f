/** One of a few named ways. */
export interface Choice<Name extends string = string> {
  readonly kind: 'choice';
  readonly label: string;
  readonly options: Readonly<Record<Name, string>>;
  readonly initial: Name;
}

/** One of a ladder of numbers, which a slider walks; the steps need not be even. */
export interface Scale {
  readonly kind: 'scale';
  readonly label: string;
  readonly values: readonly number[];
  readonly initial: number;
  readonly format: (value: number) => string;
}

export type Setting = Choice | Scale;

export type ValueOf<S> = S extends Choice<infer Name> ? Name : S extends Scale ? number : never;

export function choice<const Options extends Record<string, string>>(
  label: string,
  options: Options,
  initial: keyof Options & string,
): Choice<keyof Options & string> {
  return { kind: 'choice', label, options, initial };
}

export function scale(
  label: string,
  values: readonly number[],
  initial: number,
  format: (value: number) => string = String,
): Scale {
  return { kind: 'scale', label, values, initial, format };
}

export function nearest(values: readonly number[], wanted: number): number {
  return values.reduce((best, value) =>
    Math.abs(value - wanted) < Math.abs(best - wanted) ? value : best,
  );
}

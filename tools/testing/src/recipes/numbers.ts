import fc from 'fast-check';

/** The largest number of float32, its smallest normal one and its smallest one at all. */
export const [LARGEST, SMALLEST_NORMAL, SMALLEST] = [
  (2 - 2 ** -23) * 2 ** 127,
  2 ** -126,
  2 ** -149,
];

const between = (min: number, max: number) =>
  fc.double({ min, max, noNaN: true, noDefaultInfinity: true });

const signed = (magnitudes: fc.Arbitrary<number>) =>
  fc.tuple(magnitudes, fc.boolean()).map(([x, isNegative]) => Math.fround(isNegative ? -x : x));

/** 10^from … 10^to, every power as likely as any other. */
const logUniform = (from: number, to: number) => between(from, to).map((power) => 10 ** power);

const zero = fc.constantFrom(0, -0);
const moderate = signed(logUniform(-2, 1));
const wide = signed(logUniform(-30, 30));
const subnormal = signed(between(1, 2 ** 22).map((k) => Math.floor(k) * SMALLEST));
const extreme = signed(between(0.9, 1).map((share) => share * LARGEST));
const ties = fc.constantFrom(-1, 0, 1, 1, 2);

/**
 * Where the numbers of one tensor come from: each tensor has a law of its own, so that now and then all of it is
 * tiny, or all of it large, as well as everything at once.
 */
export const magnitudes = {
  /** What differences can follow: nothing near 0, nothing that saturates. */
  unit: signed(between(0.25, 2)),
  moderate: fc.oneof({ weight: 9, arbitrary: moderate }, { weight: 1, arbitrary: zero }),
  ties,
  tiny: signed(logUniform(-30, -20)),
  large: signed(logUniform(20, 30)),
  wide: fc.oneof({ weight: 9, arbitrary: wide }, { weight: 1, arbitrary: zero }),
  extreme: fc.oneof(wide, zero, subnormal, extreme),
};

export type Magnitude = keyof typeof magnitudes;

const ordinary: Magnitude[] = ['unit', 'moderate', 'ties'];
const everyMagnitude = (Object.keys(magnitudes) as Magnitude[]).filter((name) => name !== 'unit');

/** Half of all tensors have ordinary numbers. */
export const magnitude = (among: readonly Magnitude[] = everyMagnitude): fc.Arbitrary<Magnitude> =>
  fc.oneof(
    fc.constantFrom(...among.filter((name) => ordinary.includes(name))),
    fc.constantFrom(...among),
  );

/** λ, α, ε and their like, up to 1e30. */
export const nonNegative = fc.oneof(
  fc.constantFrom(0, 1, 0.01),
  logUniform(-3, 1),
  logUniform(-30, 30),
);
export const positive = nonNegative.map((x) => (x === 0 ? 0.5 : x));
export const share = fc.oneof(fc.constantFrom(1, 0.5, 0.25), between(0.01, 1));

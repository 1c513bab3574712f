import type { Text } from './program.js';

/** Declares log(1 + x) as near-zero.ts computes it. A device may have a number for log(NaN). */
export const log1pText = (name: string, x: Text): Text => `
  float ${name} = select(log(1. + ${x}), ${x}, isnan(${x}));
  if (abs(${x}) <= 0.25) {
    float s = ${x} / (2. + ${x});
    float ss = s * s;
    ${name} = s * (2. + ss * (2. / 3. + ss * (2. / 5. + ss * (2. / 7.))));
  }`;

/** Declares e^x − 1 as near-zero.ts computes it. */
export const expm1Text = (name: string, x: Text): Text => `
  float ${name} = exp(${x}) - 1.;
  if (abs(${x}) <= 0.25) {
    float xx = (${x}) * (${x});
    ${name} = (${x}) / (1. + xx * (1. / 12. - xx * (1. / 720.)) - 0.5 * (${x}));
  }`;

/** e^x. A device may have a number for the exponential of NaN. */
export const expText = (x: Text): Text => `select(exp(${x}), ${x}, isnan(${x}))`;

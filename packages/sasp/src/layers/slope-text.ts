import type { Text } from '@toploss/core/kit';
import { type Activation, activations } from './activations.js';

/** φ′ and dφ′/dx of an activation that its output `a` determines, in the language of programs. */
export interface SlopeText {
  readonly slope: Text;
  readonly bend?: Text;
}

const exponential = (gamma: number, shift: number): SlopeText => ({
  slope: `select(a + float(${shift}), float(${gamma}), a > 0.)`,
  bend: 'select(1., 0., a > 0.)',
});

const texts = new Map<Activation, SlopeText>([
  [activations.linear, { slope: '1.' }],
  [activations.relu, { slope: 'select(0., 1., a > 0.)' }],
  [activations.relu6, { slope: 'select(0., 1., a > 0. && a < 6.)' }],
  [activations.leakyRelu, { slope: 'select(0.2, 1., a > 0.)' }],
  [activations.elu, exponential(1, 1)],
  [activations.tanh, { slope: '(1. - a * a)', bend: '(-2. * a)' }],
  [activations.sigmoid, { slope: '(a * (1. - a))', bend: '(1. - 2. * a)' }],
]);

export const slopeTextOf = (activation: Activation): SlopeText | undefined => texts.get(activation);

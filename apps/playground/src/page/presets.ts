import { toHash } from '../settings/address.js';
import { initial, type Settings } from '../settings/table.js';
import { element } from './element.js';

const digits: Partial<Settings> = {
  data: 'digits',
  noise: 0.2,
  examples: 500,
  width: 64,
  depth: 2,
  activation: 'relu',
  rate: 0.005,
  saspLambda: 0.2,
};

const relu: Partial<Settings> = { width: 64, activation: 'relu', batch: 32 };

/** Settings to begin with; the last one is where the penalties gain nothing. */
const presets: Readonly<Record<string, Partial<Settings>>> = {
  'Two moons': {},
  Circles: { ...relu, data: 'circles' },
  Spirals: { ...relu, data: 'spiral', examples: 300, noise: 0.2, steps: 2000 },
  Digits: digits,
  'Digits, labels right': { ...digits, noise: 0, examples: 200 },
};

export function presetLinks(): HTMLElement[] {
  return Object.entries(presets).map(([title, settings]) =>
    element('a', { className: 'pill', href: `#${toHash({ ...initial, ...settings })}` }, title),
  );
}

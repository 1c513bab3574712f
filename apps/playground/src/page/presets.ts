import { toHash } from '../settings/address.js';
import { initialOn } from '../settings/suited.js';
import type { Settings } from '../settings/table.js';
import { element } from './element.js';

/** The initial settings on each data set, and digits without label noise, where the penalties gain nothing. */
const presets: Readonly<Record<string, Settings>> = {
  'Two moons': initialOn('moons'),
  Circles: initialOn('circles'),
  'Exclusive or': initialOn('xor'),
  Spirals: initialOn('spiral'),
  Digits: initialOn('digits'),
  'Digits, clean labels': { ...initialOn('digits'), noise: 0 },
};

export function presetLinks(): HTMLElement[] {
  return Object.entries(presets).map(([title, settings]) =>
    element('a', { className: 'pill', href: `#${toHash(settings)}` }, title),
  );
}

import { nearest, type Setting } from './kinds.js';
import { initial, type Key, keys, type Settings, table } from './table.js';

/** The part of the address after `#`: what differs from the initial settings, in the order of the table. */
export function toHash(settings: Settings): string {
  const changed = keys.filter((key) => settings[key] !== initial[key]);
  return new URLSearchParams(changed.map((key) => [key, String(settings[key])])).toString();
}

/** The settings of an address; what it does not know or cannot read stays as it is initially. */
export function fromHash(hash: string): Settings {
  const given = new URLSearchParams(hash.replace(/^#/, ''));
  const read = keys.map((key) => [key, parse(table[key], given.get(key)) ?? initial[key]]);
  return Object.fromEntries(read) as Settings;
}

function parse(setting: Setting, text: string | null): Settings[Key] | undefined {
  if (text === null) {
    return undefined;
  }
  if (setting.kind === 'choice') {
    return Object.hasOwn(setting.options, text) ? (text as Settings[Key]) : undefined;
  }
  const number = text.trim() === '' ? Number.NaN : Number(text);
  return Number.isFinite(number) ? nearest(setting.values, number) : undefined;
}

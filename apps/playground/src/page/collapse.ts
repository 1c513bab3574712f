import { type Settings, table } from '../settings/table.js';
import type { History } from './history.js';

/** A collapse, in words, and the settings to try instead. */
export interface Collapse {
  readonly text: string;
  readonly advice?: { readonly text: string; readonly changed: Partial<Settings> };
}

/** Below this mean distance from their mean, predictions are constant to the eye. */
const CONSTANT = 0.02;
/** Reports in a row: predictions that only pass through a constant one are no collapse. */
const REPORTS = 3;

/** The penalties that a constant prediction makes 0 come first; the others can be at fault only without them. */
const suspects = [
  [
    { name: 'SASP', key: 'saspLambda', symbol: 'λ' },
    { name: 'SBMP', key: 'sbmpLambda', symbol: 'λ' },
  ],
  [
    { name: 'CVP', key: 'cvpLambda', symbol: 'λ' },
    { name: 'DMTA', key: 'dmtaAlpha', symbol: 'α' },
  ],
] as const;

/**
 * Whether the network with penalties now predicts the same for every input, and why. Its loss is then that of a
 * constant prediction, or above.
 */
export function collapseOf(history: History, settings: Settings): Collapse | undefined {
  if (!isConstant(history, 1)) {
    return undefined;
  }
  if (isConstant(history, 0)) {
    const rate = smaller('rate', settings);
    return {
      text: 'Both networks have collapsed: they predict the same for every input. The penalties are not the cause.',
      ...(rate > 0 && {
        advice: { text: `Try the learning rate ${rate}`, changed: { rate } },
      }),
    };
  }
  const active = suspects
    .map((group) => group.filter(({ key }) => settings[key] > 0))
    .find((group) => group.length > 0);
  if (active === undefined) {
    return undefined;
  }
  const now = active.map(({ name, key, symbol }) => `${name} with ${symbol} = ${settings[key]}`);
  const next = active.map(
    ({ name, key, symbol }) => `${name} with ${symbol} = ${smaller(key, settings)}`,
  );
  return {
    text: `The network with penalties has collapsed: it predicts the same for every input, and its loss is that of a constant prediction. ${now.join(' and ')} ${active.length > 1 ? 'are' : 'is'} too strong here.`,
    advice: {
      text: `Try ${next.join(' and ')}`,
      changed: Object.fromEntries(active.map(({ key }) => [key, smaller(key, settings)])),
    },
  };
}

function isConstant({ scores }: History, arm: 0 | 1): boolean {
  const last = scores.slice(-REPORTS);
  return last.length === REPORTS && last.every(({ scores }) => scores[arm].spread < CONSTANT);
}

/** The largest value of the slider that is at most half of the current one; 0 where there is none. */
function smaller(
  key: 'rate' | (typeof suspects)[number][number]['key'],
  settings: Settings,
): number {
  return table[key].values.filter((value) => value <= settings[key] / 2).at(-1) ?? 0;
}

import { fixed } from '../../knob.js';
import type { Arm, Study } from '../../study.js';
import { DECAYS, type DecayName } from './adam.js';
import { CONDITIONS } from './conditions.js';
import { STEPS } from './iterates.js';
import { LOOKALIKES, type LookalikeName } from './lookalikes.js';
import { type Kind, measure, type Setting } from './measure.js';
import { METHODS, type MethodName, methodOf } from './methods.js';
import { PRODUCTS, type ProductName } from './packages.js';
import { report } from './report.js';

const ADAM_STEPS = 3000;

const names = <Name extends string>(registry: Record<Name, unknown>) =>
  Object.keys(registry) as Name[];

const hasIterates = (name: MethodName) => !methodOf(name).onExtendedState;

/** Without a penalty it takes a Jacobian at every step, and is measured where that is cheap. */
function hasOrder(name: MethodName, kind: Kind): boolean {
  const { penalty, jumps } = methodOf(name);
  return hasIterates(name) && !jumps && (penalty !== undefined || kind === 'quadratic');
}

function arms(): Arm<Setting>[] {
  const on = (
    part: 'iterates' | 'order' | 'conservative',
    isMeasured: (name: MethodName, kind: Kind) => boolean,
    more: object = {},
  ): Arm<Setting>[] =>
    (['quadratic', 'network'] as const).flatMap((kind) =>
      names(METHODS)
        .filter((name) => isMeasured(name, kind))
        .filter((name) => kind === 'network' || !methodOf(name).needsNetwork)
        .map((method) => ({
          condition: CONDITIONS[part][kind],
          name: method,
          ...fixed({ part, kind, method, ...more } as Setting),
        })),
    );
  return [
    ...on('iterates', hasIterates, { steps: STEPS }),
    ...names<LookalikeName>(LOOKALIKES).map((lookalike) => ({
      condition: CONDITIONS.lookalikes,
      name: lookalike,
      ...fixed<Setting>({ part: 'lookalikes', lookalike, steps: STEPS }),
    })),
    ...names<ProductName>(PRODUCTS).map((product) => ({
      condition: CONDITIONS.packages,
      name: product,
      ...fixed<Setting>({ part: 'packages', product, steps: STEPS }),
    })),
    ...on('order', hasOrder),
    ...on('conservative', () => true),
    ...names<DecayName>(DECAYS).map((decay) => ({
      condition: CONDITIONS.adam,
      name: decay,
      ...fixed<Setting>({ part: 'adam', decay, steps: ADAM_STEPS }),
    })),
  ];
}

/** Every method and its penalty: where the iterates are the same, and where they cannot be. */
export const correspondence: Study<Setting> = {
  name: 'correspondence',
  title: 'Correspondence: an optimizer and its penalty make the same steps',
  backend: 'cpu', // tensors of a few numbers: the time is that of the calls
  arms,
  quick: (setting) => ('steps' in setting ? { ...setting, steps: setting.steps / 10 } : setting),
  tune() {
    throw new Error('correspondence: there is nothing to choose');
  },
  test: measure,
  report,
};

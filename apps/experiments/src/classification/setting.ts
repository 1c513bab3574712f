import { fixed, knob } from '../knob.js';
import type { Arm } from '../study.js';
import type { Method } from './methods.js';
import type { Task } from './training.js';

/** What a study of classification varies. */
export interface Setting {
  task: Task;
  method: Method;
}

/** The arms of one condition, which differ in their methods alone. */
export function armsUnder<Setting>(condition: string, setting: (method: Method) => Setting) {
  const plain = setting({ name: 'plain' });
  return {
    plain: { condition, name: 'plain', ...fixed(plain) } satisfies Arm<Setting>,
    constant: (name: string, method: Method): Arm<Setting> => ({
      condition,
      name,
      ...fixed(setting(method)),
    }),
    /** With 0 the method is switched off: the very setting of the plain arm, whose runs it shares. */
    tuned: (
      name: string,
      symbol: string,
      values: readonly number[],
      method: (value: number) => Method,
      options?: { max: number },
    ): Arm<Setting> => ({
      condition,
      name,
      ...knob(symbol, values, (x) => (x === 0 ? plain : setting(method(x))), options),
    }),
  };
}

import type { Choice, Scale } from '../settings/kinds.js';
import { type Key, keys, matters, type Settings, table } from '../settings/table.js';
import { element } from './element.js';
import { groups } from './groups.js';

interface Control {
  readonly row: HTMLElement;
  show(value: Settings[Key]): void;
}

export interface Controls {
  show(settings: Settings): void;
}

/** Fills the form from the table of settings. */
export function createControls(
  form: HTMLFormElement,
  change: (key: Key, value: Settings[Key]) => void,
): Controls {
  const controls = Object.fromEntries(
    keys.map((key) => {
      const setting = table[key];
      const report = (value: Settings[Key]) => change(key, value);
      return [
        key,
        setting.kind === 'choice' ? select(key, setting, report) : slider(key, setting, report),
      ];
    }),
  ) as Record<Key, Control>;

  form.addEventListener('submit', (event) => event.preventDefault());
  form.replaceChildren(
    ...groups.map(({ legend, hint, keys }) =>
      element(
        'fieldset',
        {},
        element('legend', {}, legend),
        ...(hint ? [element('p', { className: 'hint' }, hint)] : []),
        ...keys.map((key) => controls[key].row),
      ),
    ),
  );
  return {
    show: (settings) => {
      for (const key of keys) {
        controls[key].show(settings[key]);
        controls[key].row.hidden = !matters(key, settings);
      }
    },
  };
}

function select(key: Key, { label, options }: Choice, report: (name: never) => void): Control {
  const input = element(
    'select',
    { id: key },
    ...Object.entries(options).map(([value, text]) => element('option', { value }, text)),
  );
  input.addEventListener('change', () => report(input.value as never));
  return {
    row: element('div', { className: 'row' }, element('label', { htmlFor: key }, label), input),
    show: (value) => {
      input.value = String(value);
    },
  };
}

/** A native range over the positions of the ladder; it is announced by the value there. */
function slider(
  key: Key,
  { label, values, format }: Scale,
  report: (value: number) => void,
): Control {
  const input = element('input', {
    id: key,
    type: 'range',
    min: '0',
    max: String(values.length - 1),
    step: '1',
  });
  const output = element('span'); // the slider says it itself
  const present = (value: number) => {
    const text = format(value);
    output.textContent = text;
    input.setAttribute('aria-valuetext', text);
  };
  input.addEventListener('input', () => {
    const value = values[input.valueAsNumber] as number;
    present(value);
    report(value);
  });
  return {
    row: element(
      'div',
      { className: 'row' },
      element('label', { htmlFor: key }, label),
      output,
      input,
    ),
    show: (value) => {
      input.valueAsNumber = values.indexOf(value as number);
      present(value as number);
    },
  };
}

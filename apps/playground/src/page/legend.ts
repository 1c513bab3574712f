import type { Settings } from '../settings/table.js';
import { element } from './element.js';

/** What the pictures of the two networks show. */
export function showLegend(paragraph: HTMLElement, { data, noise }: Settings): void {
  if (data === 'digits') {
    paragraph.replaceChildren(
      'Test images. Framed: misclassified, with the predicted digit in the corner.',
    );
    return;
  }
  const key = (className: string, text: string) =>
    element('span', { className: 'key' }, element('i', { className }), text);
  paragraph.replaceChildren(
    key('class-0', 'class 0'),
    key('class-1', 'class 1'),
    ...(noise > 0 ? [key('ringed', 'ringed: label noise')] : []),
    'The line is where the prediction changes, the shade how certain it is.',
  );
}

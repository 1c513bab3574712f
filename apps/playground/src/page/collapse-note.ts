import { toHash } from '../settings/address.js';
import type { Settings } from '../settings/table.js';
import type { Collapse } from './collapse.js';
import { element } from './element.js';

/** Says that a network has collapsed, with a link that trains with the advice; says nothing without a collapse. */
export function showCollapse(
  paragraph: HTMLElement,
  collapse: Collapse | undefined,
  settings: Settings,
): void {
  const { text = '', advice } = collapse ?? {};
  // The paragraph is a live region: the same words must not be announced at every report.
  if (paragraph.dataset.text === text) {
    return;
  }
  paragraph.dataset.text = text;
  const href = advice && `#${toHash({ ...settings, ...advice.changed })}`;
  paragraph.replaceChildren(
    ...(collapse ? [text] : []),
    ...(advice && href ? [' ', element('a', { href }, advice.text), '.'] : []),
  );
}

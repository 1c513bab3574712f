import { createRequire } from 'node:module';
import type axe from 'axe-core';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openSite, type Site } from './browser.js';
import { until } from './reading.js';

const quick = 'width=8&depth=1&steps=100&examples=50';
const axePath = createRequire(import.meta.url).resolve('axe-core/axe.min.js');

let site: Site;
beforeAll(async () => {
  site = await openSite();
});
afterAll(() => site?.close());

test.each(['light', 'dark'] as const)(
  'no rule of axe is broken in the %s scheme',
  async (colorScheme) => {
    const { page } = await site.visit(quick, { colorScheme });
    await until(page, 'Finished');
    expect(await violationsOf(page)).toEqual([]);
  },
);

/** The rules that the page breaks, and where. */
async function violationsOf(page: Page): Promise<string[]> {
  await page.addScriptTag({ path: axePath });
  const { violations, passes } = await page.evaluate(() =>
    (window as unknown as { axe: typeof axe }).axe.run(),
  );
  expect(passes.length).toBeGreaterThan(10);
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html)}`);
}

test('no rule of axe is broken by the words on a collapse', async () => {
  const strong = 'saspLambda=1&saspScale=absolute&saspEvery=1';
  const { page } = await site.visit(`width=8&depth=2&steps=100&examples=50&${strong}`);
  await until(page, 'Finished');
  expect(await page.locator('#collapse').textContent()).toContain('has collapsed');
  expect(await violationsOf(page)).toEqual([]);
});

test.each([360, 768, 1920])('nothing lies beyond a window of %i pixels', async (width) => {
  const { page } = await site.visit(quick, { viewport: { width, height: 800 } });
  await until(page, 'Finished');
  const overflow = await page.evaluate(
    () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
  );
  expect(overflow).toBeLessThanOrEqual(0);
});

test('every control is reached by the keyboard, in the order of the page', async () => {
  const { page } = await site.visit(quick, { reducedMotion: 'reduce' });
  const enabled = await page.evaluate(() =>
    [...document.querySelectorAll<HTMLElement>('a, button, select, input')]
      .filter((element) => element.checkVisibility())
      .map((element) => element.id || element.textContent),
  );
  const reached: (string | null)[] = [];
  for (const _ of enabled) {
    await page.keyboard.press('Tab');
    reached.push(
      await page.evaluate(
        () => document.activeElement?.id || document.activeElement?.textContent || '',
      ),
    );
  }
  expect(reached).toEqual(enabled);
});

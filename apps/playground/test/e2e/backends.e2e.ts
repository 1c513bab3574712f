import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { graphics, openSite, type Site } from './browser.js';
import { runAfter, until } from './reading.js';

const small = 'width=8&depth=1&steps=100&examples=50&batch=16';

let site: Site;
beforeAll(async () => {
  site = await openSite(graphics);
});
afterAll(() => site?.close());

/** The cross-entropies on the test set, as the page describes its chart. */
async function crossEntropies(page: Page): Promise<number[]> {
  const chart = page.getByRole('img', { name: /^Cross-entropy/ });
  const description = (await chart.getAttribute('aria-label')) ?? '';
  return [...description.matchAll(/\d+\.\d+/g)].map(([number]) => Number(number));
}

test.each(['cpu', 'webgl', 'webgpu'])(
  '%s begins with the numbers of wasm, and trains',
  async (backend) => {
    // Less motion: a run waits at its first step. Graphics in software would take minutes to its last one.
    const { page, errors } = await site.visit(small, { reducedMotion: 'reduce' });
    await until(page, 'Paused');
    const onWasm = await crossEntropies(page);
    expect(onWasm).toHaveLength(2);

    await runAfter(page, () => page.getByLabel('Backend').selectOption(backend), 'Paused');
    await page.waitForFunction(
      (text) => document.getElementById('pace')?.textContent === text,
      backend,
    );
    expect(await page.locator('#notice').textContent()).toBe('');
    const first = await crossEntropies(page);
    for (const [arm, loss] of first.entries()) {
      expect(loss).toBeCloseTo(onWasm[arm] as number, 2);
    }

    await page.getByRole('button', { name: 'Train' }).click();
    await page.waitForFunction(
      () => (document.getElementById('progress') as HTMLProgressElement).value >= 3,
    );
    await page.getByRole('button', { name: 'Pause' }).click();
    await until(page, 'Paused');
    const trained = await crossEntropies(page);
    expect(trained.every(Number.isFinite)).toBe(true);
    expect(trained).not.toEqual(first);
    expect(errors).toEqual([]);
  },
);

import { afterAll, beforeAll, expect, test } from 'vitest';
import { graphics, openSite, type Site } from './browser.js';
import { accuracies, until } from './reading.js';

const quick = 'width=8&depth=1&steps=100&examples=100&batch=32';

let site: Site;
beforeAll(async () => {
  site = await openSite(graphics);
});
afterAll(() => site?.close());

test('every backend trains, and they agree', async () => {
  const { page, errors } = await site.visit(quick);
  await until(page, 'Finished');
  const wasm = await accuracies(page);
  for (const backend of ['cpu', 'webgl', 'webgpu']) {
    await page.getByLabel('Backend').selectOption(backend);
    await until(page, 'Training');
    await until(page, 'Finished');
    expect(await page.locator('#notice').textContent()).toBe('');
    await page.waitForFunction(
      (backend) => document.getElementById('pace')?.textContent?.startsWith(backend),
      backend,
    );
    const other = await accuracies(page);
    // Other roundings, but the same weights and batches.
    for (const arm of ['plain', 'penalized'] as const) {
      const difference = Number.parseFloat(other[arm]) - Number.parseFloat(wasm[arm]);
      expect(Math.abs(difference), `${arm} on ${backend}: ${other[arm]}`).toBeLessThan(3);
    }
  }
  expect(errors).toEqual([]);
});

// The recipe "In the browser" of the docs, as it stands: built by Vite, and opened in Chromium.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build, defaultClientConditions } from 'vite';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openFolder, plainly, type Site } from './browser.js';

const playground = new URL('../..', import.meta.url).pathname;
const page = readFileSync(new URL('../../../docs/pages/start.md', import.meta.url), 'utf8');

/** What a reader copies into `src/main.js`. */
const recipe = /\n## In the browser\n(?:(?!\n##).)*?```js\n(.*?)```/s.exec(page)?.[1] ?? '';

let folder: string;
let site: Site;
beforeAll(async () => {
  // Ignored by git, and where the modules that a reader installs are found.
  mkdirSync(join(playground, 'node_modules'), { recursive: true });
  folder = mkdtempSync(join(playground, 'node_modules/.recipe-'));
  mkdirSync(join(folder, 'src'));
  writeFileSync(join(folder, 'src/main.js'), recipe);
  writeFileSync(
    join(folder, 'index.html'),
    '<!doctype html><link rel="icon" href="data:,"><body><script type="module" src="/src/main.js"></script></body>',
  );
  const conditions = ['@toploss/source', ...defaultClientConditions]; // check:packages has Vite take the packed ones
  await build({ root: folder, configFile: false, logLevel: 'warn', resolve: { conditions } });
  site = await openFolder(folder, plainly);
});
afterAll(async () => {
  await site?.close();
  rmSync(folder, { recursive: true, force: true });
});

test('the recipe trains where there is no WebGPU', async () => {
  const { page, errors } = await site.visit('');
  const adapter = () => (navigator.gpu ? navigator.gpu.requestAdapter() : null);
  expect(await page.evaluate(adapter)).toBeNull();
  await page.waitForFunction(() => document.body.textContent.includes('450: '));
  const text = (await page.textContent('body')) ?? '';
  const losses = [...text.matchAll(/\d+: (\d+\.\d+)/g)].map(([, loss]) => Number(loss));
  expect(losses).toHaveLength(10);
  expect(losses.at(-1)).toBeLessThan(losses[0] as number);
  expect(errors).toEqual([]);
});

import { afterAll, beforeAll, expect, test } from 'vitest';
import { openSite, type Site } from './browser.js';
import { accuracies, frameGaps, plotted, runAfter, until } from './reading.js';

// Small, so that it is soon done on a busy machine.
const quick = 'width=8&depth=1&steps=100&examples=100&batch=32';

let site: Site;
beforeAll(async () => {
  site = await openSite();
});
afterAll(() => site?.close());

test('trains both networks, and draws them', async () => {
  const { page, errors } = await site.visit(quick);
  await until(page, 'Finished');
  const { plain, penalized } = await accuracies(page);
  for (const text of [plain, penalized]) {
    expect(text).toMatch(/^\d+\.\d %$/);
    expect(Number.parseFloat(text)).toBeGreaterThan(60); // chance is 50
  }
  await page.waitForFunction(() => document.getElementById('pace')?.textContent === 'wasm');
  const description = await page.locator('.arm.plain canvas').getAttribute('aria-label');
  expect(description).toMatch(/^Decision boundary among 100 training points/);
  expect(errors).toEqual([]);
});

test('a slider, moved by the keyboard, changes the network with penalties alone', async () => {
  const { page, errors } = await site.visit(quick);
  await until(page, 'Finished');
  const before = { ...(await accuracies(page)), plot: await plotted(page, 'Cross-entropy') };
  await page.getByRole('group', { name: 'SASP' }).getByRole('slider', { name: 'λ' }).focus();
  await runAfter(page, () => page.keyboard.press('End'), 'Finished');
  const after = await accuracies(page);
  expect(new URL(page.url()).hash).toContain('saspLambda=1');
  expect(after.plain).toBe(before.plain);
  expect(after.penalized).not.toBe(before.penalized);
  expect(await plotted(page, 'Cross-entropy')).not.toBe(before.plot);
  expect(errors).toEqual([]);
});

test('the address brings back the settings and the numbers', async () => {
  const { page } = await site.visit(`${quick}&data=circles&cvpLambda=0.1&cvpGate=expansion&seed=7`);
  await until(page, 'Finished');
  const before = { ...(await accuracies(page)), plot: await plotted(page, 'Test accuracy') };
  await page.reload();
  await until(page, 'Finished');
  expect(await page.getByLabel('Data set').inputValue()).toBe('circles');
  expect(await page.getByLabel('Gate').inputValue()).toBe('expansion');
  expect(await page.getByRole('slider', { name: 'Seed' }).getAttribute('aria-valuetext')).toBe('7');
  expect({ ...(await accuracies(page)), plot: await plotted(page, 'Test accuracy') }).toEqual(
    before,
  );
});

test('another address in the same window trains its setting', async () => {
  const { page } = await site.visit(quick);
  await until(page, 'Finished');
  const before = await accuracies(page);
  const follow = (hash: string) => {
    location.hash = hash;
  };
  await runAfter(page, () => page.evaluate(follow, `${quick}&data=xor`), 'Finished');
  expect(await page.getByLabel('Data set').inputValue()).toBe('xor');
  expect((await accuracies(page)).plain).not.toBe(before.plain);
});

test('a collapse is named, its advice is a link, and it is gone with the penalty', async () => {
  const strong = 'saspLambda=1&saspScale=absolute&saspEvery=1';
  const { page, errors } = await site.visit(`width=8&depth=2&steps=100&examples=50&${strong}`);
  await until(page, 'Finished');
  const note = page.getByRole('status').filter({ hasText: 'has collapsed' });
  expect(await note.textContent()).toContain('SASP with λ = 1 is too strong here.');
  const advice = page.getByRole('link', { name: 'Try SASP with λ = 0.5' });
  await runAfter(page, () => advice.click(), 'Finished');
  expect(new URL(page.url()).hash).toContain('saspLambda=0.5');
  const slider = page.getByRole('group', { name: 'SASP' }).getByRole('slider', { name: 'λ' });
  await slider.focus();
  await runAfter(page, () => page.keyboard.press('Home'), 'Finished'); // λ = 0
  expect(await page.locator('#collapse').textContent()).toBe('');
  expect(errors).toEqual([]);
});

test('digits', async () => {
  const { page, errors } = await site.visit(`${quick}&data=digits&width=16&examples=200`);
  await until(page, 'Finished');
  const description = await page.locator('.arm.penalized canvas').getAttribute('aria-label');
  expect(description).toMatch(/^64 test images; \d+ of them misclassified\.$/);
  expect(Number.parseFloat((await accuracies(page)).plain)).toBeGreaterThan(30); // chance is 10
  expect(errors).toEqual([]);
});

test('pauses and goes on', async () => {
  const { page } = await site.visit(quick.replace('steps=100', 'steps=10000'));
  await until(page, 'Training');
  await page.getByRole('button', { name: 'Pause' }).press('Enter');
  await until(page, 'Paused');
  const progress = () =>
    page.locator('#progress').evaluate((bar) => (bar as HTMLProgressElement).value);
  let paused: number;
  do {
    paused = await progress(); // the steps up to the next report are still taken
    await page.waitForTimeout(500);
  } while ((await progress()) !== paused);
  expect(paused).toBeLessThan(10_000);
  await page.getByRole('button', { name: 'Train' }).press('Enter');
  await page.waitForFunction(
    (paused) => (document.getElementById('progress') as HTMLProgressElement).value > paused,
    paused,
  );
});

test('waits to be asked where less motion is wanted', async () => {
  const { page } = await site.visit(quick, { reducedMotion: 'reduce' });
  await until(page, 'Paused');
  await page.getByRole('button', { name: 'Train' }).click();
  await until(page, 'Finished');
});

test('works without a network once it has been loaded', async () => {
  const { page, errors } = await site.visit(quick);
  await until(page, 'Finished');
  const online = await accuracies(page);
  await page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined));
  await page.context().setOffline(true);
  await page.reload();
  await until(page, 'Finished');
  expect(await accuracies(page)).toEqual(online);
  // What has not been asked for until now is there as well.
  await runAfter(page, () => page.getByLabel('Backend').selectOption('cpu'), 'Finished');
  await page.waitForFunction(() => document.getElementById('pace')?.textContent === 'cpu');
  await runAfter(page, () => page.getByLabel('Data set').selectOption('digits'), 'Finished');
  expect(errors).toEqual([]);
});

test('the frames while it trains', async () => {
  const { page } = await site.visit('steps=10000');
  await until(page, 'Training');
  const gaps = (await frameGaps(page, 10)).sort((a, b) => a - b);
  const at = (quantile: number) => Math.round(gaps[Math.floor(quantile * gaps.length)] as number);
  // Printed, not tested: it depends on what else the machine does.
  console.log(
    `Frames while training: ${(gaps.length / 10).toFixed(0)} a second; gaps of ${at(0.5)} ms (median), ${at(0.95)} ms (95 %), ${at(0.999)} ms (longest).`,
  );
  expect(gaps.length).toBeGreaterThan(1);
});

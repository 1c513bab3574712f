import type { Page } from 'playwright-core';

type State = 'Training' | 'Paused' | 'Finished';

/** Waits until the run that is shown has this state. */
export async function until(page: Page, state: State): Promise<void> {
  await page.waitForFunction(
    (state) => document.getElementById('status')?.textContent?.startsWith(state),
    state,
  );
}

/** Does something that starts a run, and waits until that run has this state, however short the others are. */
export async function runAfter(
  page: Page,
  action: () => Promise<unknown>,
  state: State,
): Promise<void> {
  const reached = page.evaluate(
    (state) =>
      new Promise<void>((resolve) => {
        const status = document.getElementById('status') as HTMLElement;
        let hasStarted = false;
        new MutationObserver(() => {
          const text = status.textContent ?? '';
          hasStarted ||= text.startsWith('Starting');
          if (hasStarted && text.startsWith(state)) {
            resolve();
          }
        }).observe(status, { childList: true });
      }),
    state,
  );
  await action();
  await reached;
}

export interface Accuracies {
  plain: string;
  penalized: string;
}

/** As the page shows them. */
export async function accuracies(page: Page): Promise<Accuracies> {
  const of = (arm: string) => page.locator(`.arm.${arm} strong`).textContent();
  return { plain: (await of('plain')) ?? '', penalized: (await of('penalized')) ?? '' };
}

/** The picture itself, to see whether it changes. */
export function plotted(page: Page, title: string): Promise<string> {
  const canvas = page
    .locator('figure', { has: page.getByRole('heading', { name: title }) })
    .locator('canvas');
  return canvas.evaluate((canvas) => (canvas as HTMLCanvasElement).toDataURL());
}

/** Milliseconds between the frames of so many seconds. */
export function frameGaps(page: Page, seconds: number): Promise<number[]> {
  return page.evaluate(
    (seconds) =>
      new Promise<number[]>((resolve) => {
        const gaps: number[] = [];
        const start = performance.now();
        let last = start;
        const frame = (now: number) => {
          gaps.push(now - last);
          last = now;
          if (now - start < 1000 * seconds) {
            requestAnimationFrame(frame);
          } else {
            resolve(gaps.slice(1));
          }
        };
        requestAnimationFrame(frame);
      }),
    seconds,
  );
}

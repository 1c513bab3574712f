import type { Page } from 'playwright-core';

/** Waits until the run that is shown has this state. */
export async function until(
  page: Page,
  state: 'Starting' | 'Training' | 'Paused' | 'Finished',
): Promise<void> {
  await page.waitForFunction(
    (state) => document.getElementById('status')?.textContent?.startsWith(state),
    state,
  );
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

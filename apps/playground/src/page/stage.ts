import { createArmView } from './arm-view.js';
import { createChartView } from './chart-view.js';
import { charts } from './charts.js';
import { byId } from './element.js';
import type { History } from './history.js';
import { currentTheme } from './theme.js';

export interface Stage {
  /** Draws soon, however often it is asked. */
  draw(history: History, before: History | undefined, steps: number): void;
  /** Puts the numbers into the descriptions of the pictures, and draws now what they describe. */
  describe(history: History): void;
}

/** All that is drawn. It follows the size of the window and its color scheme by itself. */
export function createStage(): Stage {
  const arms = [...document.querySelectorAll<HTMLElement>('.arm')].map((article, arm) =>
    createArmView(article, arm as 0 | 1),
  );
  const views = charts.map(createChartView);
  byId('charts').append(...views.map(({ figure }) => figure));

  let theme = currentTheme();
  let latest: Parameters<Stage['draw']> | undefined;
  const paint = () => {
    if (latest !== undefined) {
      const [history, before, steps] = latest;
      for (const arm of arms) {
        arm.draw(history, theme);
      }
      for (const view of views) {
        view.draw(history, before, steps, theme);
      }
    }
  };
  const ask = soon(paint);
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => {
    theme = currentTheme();
    ask();
  });
  addEventListener('resize', ask);
  document.fonts.ready.then(ask);
  return {
    draw: (...asked) => {
      latest = asked;
      ask();
    },
    describe: (history) => {
      paint();
      for (const view of [...arms, ...views]) {
        view.describe(history);
      }
    },
  };
}

const INTERVAL = 80; // milliseconds from one drawing to the next: as often as one can read it

/** Paints in one of the next frames, once for all that ask until then. */
function soon(paint: () => void): () => void {
  let isAsked = false;
  const frame = () => {
    isAsked = false;
    paint();
  };
  return () => {
    if (!isAsked) {
      isAsked = true;
      setTimeout(() => requestAnimationFrame(frame), INTERVAL);
    }
  };
}

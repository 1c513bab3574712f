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

const INTERVAL = 80; // milliseconds from one drawing to the next: as often as one can read it

/** All that is drawn. It follows the size of the window and its color scheme by itself. */
export function createStage(): Stage {
  const arms = [...document.querySelectorAll<HTMLElement>('.arm')].map((article, arm) =>
    createArmView(article, arm as 0 | 1),
  );
  const views = charts.map(createChartView);
  byId('charts').append(...views.map(({ figure }) => figure));

  let theme = currentTheme();
  let latest: Parameters<Stage['draw']> | undefined;
  let isAsked = false;
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
  const frame = () => {
    isAsked = false;
    paint();
  };
  const ask = () => {
    if (!isAsked) {
      isAsked = true;
      setTimeout(() => requestAnimationFrame(frame), INTERVAL);
    }
  };

  const retheme = () => {
    theme = currentTheme();
    ask();
  };
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', retheme);
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

import { drawDigits } from './digits-picture.js';
import type { History } from './history.js';
import { latest } from './history.js';
import { drawPlane } from './plane-picture.js';
import { surfaceOf } from './surface.js';
import type { Theme } from './theme.js';

export interface ArmView {
  draw(history: History, theme: Theme): void;
  describe(history: History): void;
}

/** One of the two networks: its accuracy, and what it predicts. */
export function createArmView(article: HTMLElement, arm: 0 | 1): ArmView {
  const accuracy = article.querySelector('strong') as HTMLElement;
  const canvas = article.querySelector('canvas') as HTMLCanvasElement;
  return {
    draw: (history, theme) => {
      const scores = latest(history)?.[arm];
      accuracy.textContent = scores ? `${(100 * scores.accuracy).toFixed(1)} %` : '–';
      const { scene, pictures } = history;
      if (scene === undefined || pictures === undefined) {
        return;
      }
      const [picture, surface] = [pictures[arm], surfaceOf(canvas)];
      if (picture instanceof Float32Array) {
        drawPlane(surface, theme, scene, picture);
      } else {
        drawDigits(surface, theme, scene, picture);
      }
    },
    describe: (history) => {
      canvas.ariaLabel = description(history, arm);
    },
  };
}

function description({ scene, pictures, ...history }: History, arm: 0 | 1): string {
  const scores = latest(history)?.[arm];
  if (scene === undefined || pictures === undefined || scores === undefined) {
    return 'Nothing drawn yet';
  }
  const picture = pictures[arm];
  if (picture instanceof Float32Array) {
    const share = picture.filter((p) => p > 0.5).length / picture.length;
    return `Decision boundary among ${scene.labels.length} training points; ${Math.round(100 * share)} % of the plane is class 1.`;
  }
  const wrong = scene.truth.filter((right, k) => picture[k] !== right).length;
  return `${scene.truth.length} test images; ${wrong} of them misclassified.`;
}

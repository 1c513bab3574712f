import * as tf from '@tensorflow/tfjs-core';
import { dmta, halfLifeMu } from '@toploss/dmta';
import { chart, curve, type Point } from './plot.js';

const STEPS = 2000;

/** The average after one gradient of 1 and then none, in units of what it is after the first step. */
function memory(mu: number): Point[] {
  const term = dmta({ mu });
  const [one, none] = [{ w: tf.scalar(1) }, { w: tf.scalar(0) }];
  const points: Point[] = [];
  for (let x = 0; x <= STEPS; x++) {
    term.observe(x === 0 ? one : none);
    if (x % 20 === 0) {
      const { w } = term.slow();
      points.push({ x, y: (w as tf.Tensor).dataSync()[0] as number, line: `μ = ${mu}` });
      tf.dispose(w as tf.Tensor);
    }
  }
  term.dispose();
  const first = (points[0] as Point).y;
  return points.map((point) => ({ ...point, y: point.y / first }));
}

export const dmtaMemory = () =>
  chart({
    x: { label: 'steps since the gradient' },
    y: { label: 'what it still weighs', domain: [0, 1] },
    points: [0.99, 0.999, 0.9999].flatMap(memory),
  });

export const dmtaHalfLife = () => {
  const mu = halfLifeMu({ from: 0.9, to: 0.9999, steps: 1000 });
  return chart({
    x: { label: 'step' },
    y: { label: 'half-life of μ, in steps' },
    points: curve('ln ½ / ln μ', [0, 1500], (step) => Math.log(0.5) / Math.log(mu(step)), 76),
  });
};

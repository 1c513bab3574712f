import { chart, type Point } from './plot.js';

// F = cosh(θ − 1) + .15 θ², as in the test of the principle, in double precision.
const gradient = (t: number) => Math.sinh(t - 1) + 0.3 * t;
const hessian = (t: number) => Math.cosh(t - 1) + 0.3;
const [START, TIME] = [2.5, 1];

const descent = (eta: number) => {
  let t = START;
  for (let k = 0; k < Math.round(TIME / eta); k++) t -= eta * gradient(t);
  return t;
};

/** The flow ẋ = −f(x) at the end, by Runge–Kutta. */
function flow(f: (t: number) => number): number {
  const h = TIME / 4000;
  let t = START;
  for (let k = 0; k < 4000; k++) {
    const k1 = -f(t);
    const k2 = -f(t + (h / 2) * k1);
    const k3 = -f(t + (h / 2) * k2);
    const k4 = -f(t + h * k3);
    t += (h / 6) * (k1 + 2 * k2 + 2 * k3 + k4);
  }
  return t;
}

export function convergence(): string {
  const rates = [2, 3, 4, 5, 6, 7, 8, 9, 10].map((k) => 2 ** -k);
  const points = rates.flatMap((eta): Point[] => {
    const end = descent(eta);
    const corrected = flow((t) => gradient(t) * (1 + (eta / 2) * hessian(t)));
    return [
      { line: 'to the flow of F', x: eta, y: Math.abs(end - flow(gradient)) },
      { line: 'to the flow of F + (η/4)‖∇F‖²', x: eta, y: Math.abs(end - corrected) },
    ];
  });
  return chart({
    x: { label: 'η', type: 'log', base: 2, tickFormat: (eta: number) => `1/${1 / eta}` },
    y: {
      label: 'distance of descent',
      type: 'log',
      ticks: [1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 1e-1],
      tickFormat: (distance: number) => distance.toExponential(0),
    },
    points,
  });
}

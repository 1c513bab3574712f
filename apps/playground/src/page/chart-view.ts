import { type Chart, shadowOf } from './charts.js';
import { element } from './element.js';
import type { History } from './history.js';
import { drawLines } from './line-chart.js';
import { surfaceOf } from './surface.js';
import type { Theme } from './theme.js';

export interface ChartView {
  readonly figure: HTMLElement;
  /** @param before The run before this one, whose penalized network stays visible. */
  draw(history: History, before: History | undefined, steps: number, theme: Theme): void;
  /** In words, for those who do not see it. */
  describe(history: History): void;
}

export function createChartView(chart: Chart): ChartView {
  const [plain, penalized] = [
    element('span', { className: 'plain' }),
    element('span', { className: 'penalized' }),
  ];
  const canvas = element('canvas', { role: 'img', ariaLabel: chart.title });
  const figure = element(
    'figure',
    {},
    element(
      'figcaption',
      {},
      element('h3', {}, chart.title),
      element('p', { className: 'values' }, plain, penalized),
      element('p', { className: 'note' }, chart.note ?? ''),
    ),
    canvas,
  );
  const format = (value: number | undefined) => (value === undefined ? '–' : chart.format(value));
  return {
    figure,
    draw: (history, before, steps, theme) => {
      const values = chart.values(history);
      plain.textContent = format(values?.[0]);
      penalized.textContent = format(values?.[1]);
      const lines = [...shadowOf(chart, before), ...chart.lines(history)];
      drawLines(surfaceOf(canvas), theme, lines, {
        x: chart.x ?? [0, steps],
        ...chart.axes(history),
      });
    },
    describe: (history) => {
      const values = chart.values(history);
      canvas.ariaLabel = `${chart.title}: plain ${format(values?.[0])}, with penalties ${format(values?.[1])}.`;
    },
  };
}

import { meanWithInterval } from '../../report/comparison.js';
import { table } from '../../report/table.js';
import { mean } from '../../statistics/mean.js';
import type { StudyResults } from '../../study.js';
import { range } from './claims.js';
import { CONDITIONS } from './conditions.js';
import { type Found, magnitude, NAMES, onBoth, under } from './found.js';
import { type MethodName, methodOf } from './methods.js';

const most = (values: readonly number[]) => magnitude(Math.max(...values));
const middle = (values: readonly number[]) =>
  magnitude([...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] as number);
const average = (values: readonly number[]) => magnitude(mean(values));

/** A row for each method, a column for each quantity on quadratics and on the net. */
function byMethod(
  columns: readonly { title: string; entries: Found[]; show: (values: number[]) => string }[],
  describe?: { title: string; text: (method: string) => string },
): string {
  const methods = [
    ...new Set(columns.flatMap(({ entries }) => entries.map(({ method }) => method))),
  ];
  const used = columns.filter(({ entries }) => entries.length > 0);
  const rows = methods.map((method) => [
    method,
    ...(describe ? [describe.text(method)] : []),
    ...used.map(({ entries, show }) => {
      const found = entries.find((entry) => entry.method === method);
      return found ? show(found.values) : '';
    }),
  ]);
  return table(
    ['', ...(describe ? [describe.title] : []), ...used.map(({ title }) => title)],
    rows,
  );
}

const onEach = (
  results: StudyResults,
  part: 'iterates' | 'order' | 'conservative',
  quantity: string,
  title: string,
  show: (values: number[]) => string,
) =>
  (['quadratic', 'network'] as const).map((kind) => ({
    title: `${title}${NAMES[kind]}`,
    entries: onBoth(results, part, quantity).filter((found) => found.kind === kind),
    show,
  }));

export const iteratesTable = (results: StudyResults): string =>
  byMethod(
    [
      ...onEach(results, 'iterates', 'difference', 'median, ', middle),
      ...onEach(results, 'iterates', 'difference', 'largest, ', most),
    ],
    {
      title: 'descended on',
      text: (method) => (methodOf(method as MethodName).penalty ? 'L + Φ' : 'L + ⟨sg c(θₖ), θ⟩'),
    },
  );

export const differencesTable = (results: StudyResults, condition: string): string =>
  table(
    ['', 'mean', 'largest'],
    under(results, condition, 'difference').map(({ method, values }) => [
      method,
      average(values),
      most(values),
    ]),
  );

export const ordersTable = (results: StudyResults): string => {
  const show = (values: number[]) => range([{ values }]);
  return byMethod([
    ...onEach(results, 'order', 'firstOrder', 'flow of −f, ', show),
    ...onEach(results, 'order', 'secondOrder', 'with (η/2)Jf, ', show),
    ...onEach(results, 'order', 'gradientOrder', 'with (η/4)∇‖f‖², ', show),
  ]);
};

export const curlTable = (results: StudyResults): string =>
  byMethod([
    ...onEach(results, 'conservative', 'curl', 'curl, ', average),
    ...onEach(results, 'conservative', 'pathDependence', 'between paths, ', average),
    ...onEach(results, 'conservative', 'potentialError', 'from Φ, ', most),
  ]);

export const adamTable = (results: StudyResults): string =>
  table(
    ['', 'θ at the end'],
    under(results, CONDITIONS.adam, 'end').map(({ method, values }) => [
      method,
      meanWithInterval(values, 3),
    ]),
  );

import { table } from '@toploss/experiments/report/table';
import type { Count, Measured, Row } from '../run.js';
import { SHOWN } from '../suites.js';
import { isCount, isRow } from './ratios.js';

/** A method, the suite that times it, and the arm that it is compared with. */
interface Method {
  name: string;
  suite: string;
  arm: string;
  plain: string;
}

const of =
  (suite: string, plain: string) =>
  (name: string, arm = name): Method => ({
    name,
    suite,
    arm,
    plain,
  });
const inSteps = of('step', 'plain');
const inNetworks = of('network', 'plain');
/** They have our cross-entropy, which costs less than that of tfjs. */
const peers = of('step', 'our cross-entropy');

const METHODS: readonly Method[] = [
  inSteps('SASP of the last layer', 'SASP'),
  inNetworks('SASP of all layers, closed form', 'network, every 4th step'),
  inNetworks('SASP of all layers, weight noise', 'weight noise, every 4th step'),
  inSteps('CVP'),
  inSteps('SASP + CVP'),
  of('tasks', 'equal weights')('NGER, two tasks', 'NGER'),
  inSteps('SBMP'),
  inSteps('SBMP, ¼ of the batch'),
  inSteps('DMTA linear'),
  inSteps('DMTA cosine, forward'),
  peers('L2 in the loss', 'L2'),
  peers('SAM'),
];

/** A column: how the ratio of a method is found there. */
interface Column {
  title: string;
  ratioOf(method: Method): number | undefined;
}

const timed = (rows: readonly Row[], backend: string, size: string): Column => ({
  title: `${backend}, ${size}`,
  ratioOf: ({ suite, arm, plain }) => {
    const row = rows.find(
      (row) => row.suite === suite && row.backend === backend && row.size === size,
    );
    const [own, compared] = [row?.ratios[arm]?.median, row?.ratios[plain]?.median];
    return own && compared && own / compared;
  },
});

const counted = (counts: readonly Count[], backend: string, size: string): Column => {
  const launches = counts.find(
    (count) => count.backend === backend && count.size === size,
  )?.launches;
  return {
    title: `${backend}, ${size}`,
    ratioOf: ({ arm, plain }) => {
      const [own, compared] = [launches?.[arm], launches?.[plain]];
      return own && compared && own / compared;
    },
  };
};

/** Time on cpu and wasm and launches on webgl and webgpu, as multiples of the plain step. */
export function overview(measured: readonly Measured[]): string {
  const rows = measured.filter(isRow);
  const counts = measured.filter(isCount);
  const columns = [
    ...['cpu', 'wasm'].flatMap((backend) => SHOWN.map((size) => timed(rows, backend, size))),
    ...['webgl', 'webgpu'].flatMap((backend) =>
      SHOWN.map((size) => counted(counts, backend, size)),
    ),
  ];
  return table(
    ['', ...columns.map(({ title }) => title)],
    METHODS.map((method) => [
      method.name,
      ...columns.map(({ ratioOf }) => ratioOf(method)?.toFixed(2) ?? '–'),
    ]),
  );
}

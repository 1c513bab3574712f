import { expect, test } from 'vitest';
import { fixed, knob } from '../src/knob.js';
import { follow } from '../src/running/protocol.js';
import type { Runner } from '../src/running/runner.js';
import { TEST_SEEDS, TUNING_SEEDS } from '../src/running/seeds.js';
import type { Run } from '../src/running/worker.js';
import type { Arm, Study } from '../src/study.js';

/** A parabola with its minimum at `best`; the seed adds nothing to the choice. */
const study = (best: number): Study<number> => ({
  name: 'parabola',
  title: 'Parabola',
  arms: () => [],
  quick: (setting) => setting,
  tune: (setting, seed) => ({ criterion: (setting - best) ** 2 + seed }),
  test: (setting, seed) => ({ value: setting, seed }),
  report: () => ({ markdown: '', figures: [], claims: [], losses: [] }),
});

function recording(of: Study<number>): Runner & { runs: Run[] } {
  const runs: Run[] = [];
  return {
    runs,
    run: async (run) => {
      runs.push(run);
      return of[run.phase](run.setting as number, run.seed);
    },
    close: async () => {},
  };
}

const arm = (grid: Pick<Arm<number>, 'candidates' | 'beyond'>): Arm<number> => ({
  condition: 'here',
  name: 'arm',
  ...grid,
});
const grid = (values: number[], max?: number) =>
  arm(knob('λ', values, (value) => value, max === undefined ? {} : { max }));
const labels = (results: Awaited<ReturnType<typeof follow>>) =>
  results.tuning.map(({ label }) => label);

async function outcome(best: number, of: Arm<number>, quick = false) {
  const runner = recording(study(best));
  return { results: await follow(study(best), of, runner, { quick }), runs: runner.runs };
}

test('the best candidate on the tuning seeds is tested on the others, and no other is', async () => {
  const { results, runs } = await outcome(2, grid([0, 1, 2, 4]));
  expect(results).toMatchObject({ condition: 'here', arm: 'arm', chosen: 'λ = 2', edge: false });
  expect(results.test).toEqual({ value: TEST_SEEDS.map(() => 2), seed: TEST_SEEDS });
  const tuned = runs.filter(({ phase }) => phase === 'tune');
  expect(new Set(tuned.map(({ seed }) => seed))).toEqual(new Set(TUNING_SEEDS));
  expect(TUNING_SEEDS.some((seed) => TEST_SEEDS.includes(seed))).toBe(false);
  expect(runs).toHaveLength(4 * 3 + 20);
});

test('a grid grows at its upper edge until the best value is inside', async () => {
  const { results } = await outcome(9, grid([0, 1, 2]));
  expect(labels(results)).toEqual(['λ = 0', 'λ = 1', 'λ = 2', 'λ = 4', 'λ = 8', 'λ = 16']);
  expect(results).toMatchObject({ chosen: 'λ = 8', edge: false });
});

test('and at the lower one', async () => {
  const { results } = await outcome(0.26, grid([1, 2, 4]));
  expect(labels(results)).toEqual(['λ = 0.125', 'λ = 0.25', 'λ = 0.5', 'λ = 1', 'λ = 2', 'λ = 4']);
  expect(results).toMatchObject({ chosen: 'λ = 0.25', edge: false });
});

test('four times at most: what is still at the edge is marked', async () => {
  const { results } = await outcome(1e6, grid([1, 2]));
  expect(labels(results)).toHaveLength(6);
  expect(results).toMatchObject({ chosen: 'λ = 32', edge: true });
});

test('zero and `max` are the ends of a knob, and no edges', async () => {
  expect((await outcome(-5, grid([0, 1, 2]))).results).toMatchObject({
    chosen: 'λ = 0',
    edge: false,
  });
  const { results } = await outcome(100, grid([0.25, 0.5], 1));
  expect(labels(results)).toEqual(['λ = 0.25', 'λ = 0.5', 'λ = 1']);
  expect(results).toMatchObject({ chosen: 'λ = 1', edge: false });
});

test('an arm without a choice is only tested', async () => {
  const { results, runs } = await outcome(0, arm(fixed(7)));
  expect(results).toMatchObject({ chosen: '', tuning: [], edge: false });
  expect(runs.every(({ phase }) => phase === 'test')).toBe(true);
});

test('quick: fewer seeds, the first candidates, and no extension', async () => {
  const { results, runs } = await outcome(1e6, grid([1, 2, 4, 8]), true);
  expect(labels(results)).toEqual(['λ = 1', 'λ = 2', 'λ = 4']);
  expect(runs).toHaveLength(3 + 2);
});

test('a study may use fewer seeds', async () => {
  const few = { ...study(1), seeds: { tuning: 2, test: 10 } };
  const { runs, ...runner } = recording(few);
  await follow(few, grid([0, 1, 2]), { ...runner }, { quick: false });
  const seedsOf = (phase: string) =>
    new Set(runs.filter((run) => run.phase === phase).map(({ seed }) => seed));
  expect(seedsOf('tune')).toEqual(new Set(TUNING_SEEDS.slice(0, 2)));
  expect(seedsOf('test')).toEqual(new Set(TEST_SEEDS.slice(0, 10)));
});

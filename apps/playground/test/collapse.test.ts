import { expect, test } from 'vitest';
import { planeData } from '../src/data/plane.js';
import { type Collapse, collapseOf } from '../src/page/collapse.js';
import { emptyHistory, record } from '../src/page/history.js';
import { initial, type Settings } from '../src/settings/table.js';
import { createTempo } from '../src/training/tempo.js';
import { train } from '../src/training/train.js';

const scores = { trainingLoss: 0.7, testLoss: 0.7, accuracy: 0.5, memorized: 0.5, norm: 3 };

/** What the page says after reports of these spreads. */
function said(
  spreads: (readonly [plain: number, penalized: number])[],
  changed: Partial<Settings>,
) {
  const history = emptyHistory();
  for (const [step, pair] of spreads.entries()) {
    const [plain, penalized] = pair.map((spread) => ({ ...scores, spread }));
    record(history, { run: 1, type: 'scores', step, scores: [plain, penalized] as never });
  }
  return collapseOf(history, { ...initial, saspLambda: 0, cvpLambda: 0, ...changed });
}

const collapsed = [0.3, 0.001] as const;
const healthy = [0.3, 0.2] as const;
const thrice = [collapsed, collapsed, collapsed];

test('a collapse names the penalty, its λ and a smaller one', () => {
  const { text, advice } = said(thrice, { saspLambda: 0.5, cvpLambda: 0.01 }) as Collapse;
  expect(text).toContain('SASP with λ = 0.5 is too strong here.');
  expect(text).not.toContain('CVP');
  expect(advice).toEqual({ text: 'Try SASP with λ = 0.2', changed: { saspLambda: 0.2 } });
});

test('two penalties that may be at fault are both named', () => {
  const { text, advice } = said(thrice, { saspLambda: 0.1, sbmpLambda: 1 }) as Collapse;
  expect(text).toContain('SASP with λ = 0.1 and SBMP with λ = 1 are too strong here.');
  expect(advice?.changed).toEqual({ saspLambda: 0.05, sbmpLambda: 0.5 });
});

test('CVP and DMTA are named where they are alone', () => {
  expect(said(thrice, { cvpLambda: 1 })?.advice?.changed).toEqual({ cvpLambda: 0.5 });
  expect(said(thrice, { dmtaAlpha: 8 })?.advice?.text).toBe('Try DMTA with α = 3');
});

test('where both networks have collapsed, the learning rate is named and no penalty', () => {
  const both = [0.001, 0.001] as const;
  const { text, advice } = said([both, both, both], { saspLambda: 1, rate: 0.5 }) as Collapse;
  expect(text).not.toContain('SASP');
  expect(advice).toEqual({ text: 'Try the learning rate 0.2', changed: { rate: 0.2 } });
});

test('nothing is said before the third report, after a recovery, or of a plain network alone', () => {
  const sasp = { saspLambda: 0.5 };
  expect(said([], sasp)).toBeUndefined();
  expect(said([collapsed, collapsed], sasp)).toBeUndefined();
  expect(said([...thrice, healthy], sasp)).toBeUndefined();
  expect(said([healthy, healthy, healthy], sasp)).toBeUndefined();
  expect(
    said(
      [
        [0, 0.3],
        [0, 0.3],
        [0, 0.3],
      ],
      sasp,
    ),
  ).toBeUndefined();
});

/** What the page says at the end of a run, by the worker's own training. */
async function saidAfter(changed: Partial<Settings>): Promise<Collapse | undefined> {
  const settings = { ...initial, width: 8, depth: 2, examples: 50, steps: 100, ...changed };
  const history = emptyHistory();
  await train(planeData('moons', 50, 0.2, 1), settings, createTempo(false), (report) =>
    record(history, { run: 1, ...report } as never),
  );
  return collapseOf(history, settings);
}

test('training that does collapse is found, and the initial penalties leave it alone', async () => {
  const strong = { saspLambda: 1, saspScale: 'absolute', saspEvery: 1 } as const;
  expect((await saidAfter(strong))?.text).toContain('SASP with λ = 1 is too strong');
  expect(await saidAfter({})).toBeUndefined();
});

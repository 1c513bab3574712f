import { mean } from '../statistics/mean.js';
import type { Arm, ArmResults, Candidate, Measurements, Study } from '../study.js';
import type { Runner } from './runner.js';
import { TEST_SEEDS, TUNING_SEEDS } from './seeds.js';

/** What is left of them to see that everything runs. */
const QUICK = { candidates: 3, seeds: { tuning: 1, test: 2 } };

/** How often a grid may grow while its best value lies at the edge. */
const EXTENSIONS = 4;

/** Chooses among an arm's candidates and tests the best. */
export async function follow<Setting>(
  study: Study<Setting>,
  arm: Arm<Setting>,
  { run }: Runner,
  { quick }: { quick: boolean },
): Promise<ArmResults> {
  const counts = quick ? QUICK.seeds : study.seeds;
  const seeds = {
    tune: TUNING_SEEDS.slice(0, counts?.tuning),
    test: TEST_SEEDS.slice(0, counts?.test),
  };
  const measure = async (phase: 'tune' | 'test', candidate: Candidate<Setting>) => {
    const setting = (quick ? study.quick(candidate.setting) : candidate.setting) as never;
    const runs = seeds[phase].map((seed) => run({ study: study.name, phase, setting, seed }));
    return bySeed(await Promise.all(runs));
  };
  const candidates = arm.candidates.slice(0, quick ? QUICK.candidates : undefined);
  const { tried, chosen, edge } =
    candidates.length > 1
      ? await tuned(
          { candidates, beyond: arm.beyond },
          async (candidate) => ({ candidate, measured: await measure('tune', candidate) }),
          quick ? 0 : EXTENSIONS,
        )
      : { tried: [], chosen: candidates[0] as Candidate<Setting>, edge: false };
  return {
    condition: arm.condition,
    arm: arm.name,
    tuning: tried.map(({ candidate: { label }, measured }) => ({ label, measured })),
    chosen: chosen.label,
    edge,
    test: await measure('test', chosen),
  };
}

interface Tried<Setting> {
  candidate: Candidate<Setting>;
  measured: Record<string, (number | number[])[]>;
}

/** Tries all candidates, and those beyond as long as the best lies at an edge. */
async function tuned<Setting>(
  { candidates, beyond }: Pick<Arm<Setting>, 'candidates'> & { beyond: Arm<Setting>['beyond'] },
  tune: (candidate: Candidate<Setting>) => Promise<Tried<Setting>>,
  extensions: number,
): Promise<{ tried: Tried<Setting>[]; chosen: Candidate<Setting>; edge: boolean }> {
  let tried = await Promise.all(candidates.map(tune));
  for (let k = 0; ; k++) {
    const best = bestOf(tried);
    const known = tried.map(({ candidate }) => candidate);
    const below = best === 0 ? beyond?.('low', known) : undefined;
    const next = below ?? (best === tried.length - 1 ? beyond?.('high', known) : undefined);
    if (next === undefined || k === extensions) {
      return { tried, chosen: known[best] as Candidate<Setting>, edge: next !== undefined };
    }
    const extension = await tune(next);
    tried = next === below ? [extension, ...tried] : [...tried, extension];
  }
}

/** The place of the least mean criterion. */
function bestOf(tried: readonly Pick<Tried<unknown>, 'measured'>[]): number {
  const scores = tried.map(({ measured }) => mean(measured.criterion as number[]));
  return scores.indexOf(Math.min(...scores));
}

/** From a record for each seed to a list of seeds for each quantity. */
function bySeed(runs: readonly Measurements[]): Record<string, (number | number[])[]> {
  const names = Object.keys(runs[0] as Measurements);
  return Object.fromEntries(
    names.map((name) => [name, runs.map((run) => run[name] as number | number[])]),
  );
}

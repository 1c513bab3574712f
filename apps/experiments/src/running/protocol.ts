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
  const seeds = quick ? QUICK.seeds : study.seeds;
  const tuningSeeds = TUNING_SEEDS.slice(0, seeds?.tuning);
  const testSeeds = TEST_SEEDS.slice(0, seeds?.test);
  const measure = async (phase: 'tune' | 'test', { setting }: Candidate<Setting>) =>
    bySeed(
      await Promise.all(
        (phase === 'tune' ? tuningSeeds : testSeeds).map((seed) =>
          run({
            study: study.name,
            phase,
            setting: (quick ? study.quick(setting) : setting) as never,
            seed,
          }),
        ),
      ),
    );
  const tune = async (candidate: Candidate<Setting>) => ({
    candidate,
    measured: await measure('tune', candidate),
  });

  const candidates = arm.candidates.slice(0, quick ? QUICK.candidates : undefined);
  const choice = candidates.length > 1;
  let tried = choice ? await Promise.all(candidates.map(tune)) : [];
  let best = bestOf(tried);
  let edge = false;
  for (let k = 0; choice; k++) {
    const next =
      (best === 0 && at('low')) || (best === tried.length - 1 && at('high')) || undefined;
    edge = next !== undefined;
    if (next === undefined || k === EXTENSIONS || quick) {
      break;
    }
    const extension = await tune(next.candidate);
    tried = next.edge === 'low' ? [extension, ...tried] : [...tried, extension];
    best = bestOf(tried);
  }
  function at(where: 'low' | 'high') {
    const candidate = arm.beyond?.(
      where,
      tried.map((entry) => entry.candidate),
    );
    return candidate && { candidate, edge: where };
  }

  const chosen = choice
    ? (tried[best]?.candidate as Candidate<Setting>)
    : (candidates[0] as Candidate<Setting>);
  return {
    condition: arm.condition,
    arm: arm.name,
    tuning: tried.map(({ candidate: { label }, measured }) => ({ label, measured })),
    chosen: chosen.label,
    edge,
    test: await measure('test', chosen),
  };
}

function bestOf(tried: readonly { measured: Record<string, (number | number[])[]> }[]): number {
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

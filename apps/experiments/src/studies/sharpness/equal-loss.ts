import type { ArmResults, StudyResults } from '../../study.js';

/**
 * Adds to every arm `equalTrace`: the trace where its training loss first passes the level that all of the
 * arms get to under that seed, the end of the most restrained. Flat because little was learned, or flat though as
 * much was: this tells them apart.
 *
 * Early stopping has no part in it, being a part of the plain path.
 */
export function withEqualTrace(results: StudyResults): StudyResults {
  return results.map((entry) => {
    if (!takesPart(entry)) {
      return entry;
    }
    const peers = results.filter(
      (other) => other.condition === entry.condition && takesPart(other),
    );
    const equalTrace = pathsOf(entry).map((path, seed) => {
      const ends = peers.map((peer) => Math.min(...(pathsOf(peer)[seed] as Path).loss));
      return traceAt(path, Math.max(...ends));
    });
    return { ...entry, test: { ...entry.test, equalTrace } };
  });
}

export const takesPart = ({ arm }: ArmResults): boolean => arm !== 'early stopping';

export interface Path {
  loss: number[];
  trace: number[];
}

export const pathsOf = ({ test: { pathLoss, pathTrace } }: ArmResults): Path[] =>
  (pathLoss as number[][]).map((loss, seed) => ({
    loss,
    trace: (pathTrace as number[][])[seed] as number[],
  }));

/** Between the two measurements around the level, linear in the loss; the first one where that is below it. */
export function traceAt({ loss, trace }: Path, level: number): number {
  const k = loss.findIndex((value) => value <= level);
  if (k === 0) {
    return trace[0] as number;
  }
  const [before, after] = [loss[k - 1] as number, loss[k] as number];
  const share = (before - level) / (before - after);
  return (trace[k - 1] as number) + share * ((trace[k] as number) - (trace[k - 1] as number));
}

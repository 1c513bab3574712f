import { act } from './actions.js';
import { Draw, Randomness } from './draw.js';
import { Attaching, Hands } from './hands.js';
import { names, noOpsOf } from './no-ops.js';
import { Session } from './session.js';
import { Trace } from './trace.js';

export interface Case {
  /** What it is about, to be read. */
  readonly words: string;
  /** What was seen with the terms and without. */
  readonly attached: string[];
  readonly plain: string[];
  /** Why terms were not attached. */
  readonly refusals: string[];
}

/** The same training with terms that change nothing and without any. */
export async function caseOf(seed: number): Promise<Case> {
  const plain = await run(seed, new Hands());
  const hands = new Attaching();
  const { trace, words } = await run(seed, hands);
  const attached = trace.lines.map((line, k) => {
    const other = plain.trace.lines[k] ?? '';
    return saysMore(line, other) ? other : line;
  });
  const end = notFinite(attached, plain.trace.lines);
  if (end >= 0) {
    const refusals = [...hands.refusals, attached[end] as string];
    return {
      words,
      refusals,
      plain: plain.trace.lines.slice(0, end),
      attached: attached.slice(0, end),
    };
  }
  return {
    ...{ words, refusals: hands.refusals },
    plain: plain.trace.lines,
    attached: [...attached, ...leaksOf(trace.tensors, plain.trace.tensors, hands.entries)],
  };
}

async function run(seed: number, hands: Hands): Promise<{ trace: Trace; words: string }> {
  const trace = new Trace(names);
  const randomness = new Randomness(seed);
  let words = '';
  await randomness.during(async () => {
    const draw = new Draw(seed);
    const session = new Session(draw, trace, hands, randomness);
    const noOps = noOpsOf(draw, session.network);
    hands.begin(noOps);
    const layers = session.model.layers.map((layer) => layer.getClassName());
    words = `case ${seed}, [${noOps.name}] on ${layers.join(', ')}`;
    session.compile(draw.fork());
    session.attach();
    session.look();
    await act(session, draw);
    session.end();
  });
  return { trace, words };
}

/** From where on tfjs trains with NaN, which a step with terms refuses; −1 where it does not. */
function notFinite(attached: string[], plain: string[]): number {
  const end = attached.findIndex((line) => /^error: .* to be finite, and no step/.test(line));
  return plain.slice(end).some((line) => /NaN|Infinity/.test(line)) ? end : -1;
}

/** Where there is nothing to train, the error of tfjs says less than ours. */
const saysMore = (attached: string, plain: string): boolean =>
  /^error: (variableGrads\(\)|Cannot find a connection)/.test(plain) &&
  /^error: .*: expected `(model` to have weights to train|params` to hold a trainable variable)/.test(
    attached,
  );

/**
 * A `fit` that is stopped by an error leaves the logs of its batch and their sums behind, as tfjs does, and so the
 * entries of the terms among them; else there are as many tensors as without terms.
 */
function leaksOf(attached: number[], plain: number[], entries: number[]): string[] {
  const more = attached.map((count, k) => count - (plain[k] as number));
  return more.flatMap((now, k) => {
    const leaked = now - (more[k - 1] ?? 0);
    return leaked < 0 || leaked > (entries[k] ?? 0) ? [`leak at look ${k}: ${leaked}`] : [];
  });
}

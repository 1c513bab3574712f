import { SingleBar } from 'cli-progress';

export interface Progress {
  advance(): void;
  /** There are more to come. */
  expect(more: number): void;
  stop(): void;
}

/** A progress bar on stderr, and nothing where stderr is not a terminal. */
export function progress(what: string, total: number): Progress {
  const bar = new SingleBar({
    format: `${what} {bar} {percentage}% | {eta_formatted} left`,
    barCompleteChar: '█',
    barIncompleteChar: '░',
    hideCursor: true,
    clearOnComplete: true,
    noTTYOutput: false,
  });
  bar.start(total, 0);
  return {
    advance: () => bar.increment(),
    expect: (more) => bar.setTotal(bar.getTotal() + more),
    stop: () => bar.stop(),
  };
}

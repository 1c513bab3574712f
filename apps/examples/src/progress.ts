import { SingleBar } from 'cli-progress';

/** A progress bar on stderr, and nothing where stderr is not a terminal. */
export function progress(what: string, total: number): { advance(): void; stop(): void } {
  const bar = new SingleBar({
    format: `${what} {bar} {percentage}% | {eta_formatted} left`,
    barCompleteChar: '█',
    barIncompleteChar: '░',
    hideCursor: true,
    clearOnComplete: true,
    noTTYOutput: false,
  });
  bar.start(total, 0);
  return { advance: () => bar.increment(), stop: () => bar.stop() };
}

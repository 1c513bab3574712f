/** When the training may go on. */
export interface Tempo {
  readonly stopped: boolean;
  readonly paused: boolean;
  /** Lets messages in; resolves at once, or when a pause ends. */
  turn(): Promise<void>;
}

export interface TempoControl extends Tempo {
  pause(): void;
  resume(): void;
  stop(): void;
}

export function createTempo(paused: boolean): TempoControl {
  let [isPaused, isStopped] = [paused, false];
  let wake = () => {};
  return {
    get stopped() {
      return isStopped;
    },
    get paused() {
      return isPaused;
    },
    turn: async () => {
      await new Promise((resolve) => setTimeout(resolve));
      if (isPaused && !isStopped) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    },
    pause: () => {
      isPaused = true;
    },
    resume: () => {
      isPaused = false;
      wake();
    },
    stop: () => {
      isStopped = true;
      wake();
    },
  };
}

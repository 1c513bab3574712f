/** How fast the training goes, and whether the page keeps up with it. */
export interface Pace {
  /** Called with every report of the steps. */
  step(step: number): void;
  /** A new run: what was measured does not count. */
  reset(): void;
  /** Since the last reading. */
  read(): { stepsPerSecond: number; framesPerSecond: number };
}

export function createPace(): Pace {
  let [start, first, last, frames] = [performance.now(), 0, 0, 0];
  const count = () => {
    frames += 1;
    requestAnimationFrame(count);
  };
  requestAnimationFrame(count);
  return {
    step: (step) => {
      last = step;
    },
    reset: () => {
      [start, first, last, frames] = [performance.now(), 0, 0, 0];
    },
    read: () => {
      const now = performance.now();
      const seconds = (now - start) / 1000;
      const pace = { stepsPerSecond: (last - first) / seconds, framesPerSecond: frames / seconds };
      [start, first, frames] = [now, last, 0];
      return pace;
    },
  };
}

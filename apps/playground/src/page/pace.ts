/** How fast the training goes, and whether the page keeps up with it. */
export interface Pace {
  /** Called with every report of the steps. */
  step(step: number): void;
  /** Measures from now on, or no longer. */
  measure(isOn: boolean): void;
  /** Since the last reading. */
  read(): { stepsPerSecond: number; framesPerSecond: number };
}

export function createPace(): Pace {
  let [start, first, last, frames] = [0, 0, 0, 0];
  let isMeasuring = false;
  const count = () => {
    frames += 1;
    if (isMeasuring) {
      requestAnimationFrame(count);
    }
  };
  const begin = () => {
    [start, first, frames] = [performance.now(), last, 0];
  };
  return {
    step: (step) => {
      last = step;
    },
    measure: (isOn) => {
      if (isOn && !isMeasuring) {
        begin();
        requestAnimationFrame(count);
      }
      isMeasuring = isOn;
    },
    read: () => {
      const seconds = (performance.now() - start) / 1000;
      const pace = {
        stepsPerSecond: Math.max(0, last - first) / seconds,
        framesPerSecond: frames / seconds,
      };
      begin();
      return pace;
    },
  };
}

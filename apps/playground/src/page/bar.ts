import { byId } from './element.js';

export type State = 'Starting' | 'Training' | 'Paused' | 'Finished' | 'Failed';

export interface Bar {
  show(state: State, step: number, steps: number): void;
  /** Next to the progress: the backend and its speed. */
  pace(text: string): void;
}

export interface BarActions {
  /** Pause, resume or, at the end, train again. */
  toggle(): void;
  restart(): void;
  /** The address, with all settings in it. */
  address(): string;
}

export function createBar({ toggle, restart, address }: BarActions): Bar {
  const button = byId<HTMLButtonElement>('toggle');
  const progress = byId<HTMLProgressElement>('progress');
  const pace = byId('pace');
  button.addEventListener('click', toggle);
  byId('restart').addEventListener('click', restart);
  shareWith(byId<HTMLButtonElement>('share'), address);
  const labels: Record<State, string> = {
    Starting: 'Pause',
    Training: 'Pause',
    Paused: 'Train',
    Finished: 'Train again',
    Failed: 'Try again',
  };
  return {
    show: (state, step, steps) => {
      button.textContent = labels[state];
      progress.max = steps;
      progress.value = step;
    },
    pace: (text) => {
      pace.textContent = text;
    },
  };
}

function shareWith(button: HTMLButtonElement, address: () => string): void {
  const label = button.textContent;
  button.addEventListener('click', async () => {
    try {
      await navigator.clipboard.writeText(address());
      button.textContent = 'Link copied';
    } catch {
      // Not allowed here; the address bar has the same link.
      button.textContent = 'Copy it from the address bar';
    }
    setTimeout(() => {
      button.textContent = label;
    }, 2500);
  });
}

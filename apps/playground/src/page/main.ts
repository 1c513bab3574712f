import { fromHash, toHash } from '../settings/address.js';
import { withData } from '../settings/suited.js';
import type { Settings } from '../settings/table.js';
import type { Report } from '../training/messages.js';
import { createBar, type State } from './bar.js';
import { collapseOf } from './collapse.js';
import { showCollapse } from './collapse-note.js';
import { createControls } from './controls.js';
import { byId } from './element.js';
import { emptyHistory, type History, record, stepOf } from './history.js';
import { showLegend } from './legend.js';
import { createPace } from './pace.js';
import { presetLinks } from './presets.js';
import { createStage } from './stage.js';
import { summary } from './summary.js';
import { createTrainer } from './trainer.js';

const CALM = 5000; // milliseconds from one announcement to the next
const SECOND = 1000;
const SETTLED = 250; // until a slider that is dragged starts a run

let settings = fromHash(location.hash);
/** Of the run that is shown; a slider that moves is ahead of it. */
let running = settings;
let history = emptyHistory();
/** The last run that went to its end, and what of it is drawn with the current one. */
let completed: { history: History; data: Settings['data'] } | undefined;
let before: History | undefined;
let state: State = 'Starting';
let backend = '';

const notice = byId('notice');
const stage = createStage();
const pace = createPace();
const wantsCalm = matchMedia('(prefers-reduced-motion: reduce)').matches;
const trainer = createTrainer(wantsCalm, hear);
const bar = createBar({
  toggle: () => {
    if (state === 'Finished' || state === 'Failed') {
      trainer.resume();
      run();
    } else if (trainer.paused) {
      trainer.resume();
      enter('Training');
    } else {
      trainer.pause();
      enter('Paused');
    }
  },
  restart: () => run(),
  address: () => location.href,
});
const controls = createControls(byId<HTMLFormElement>('controls'), (key, value) => {
  settings =
    key === 'data' ? withData(settings, value as Settings['data']) : { ...settings, [key]: value };
  window.history.replaceState(null, '', `#${toHash(settings)}`);
  controls.show(settings);
  runSoon();
});

function run(): void {
  clearTimeout(soon);
  notice.hidden = true;
  showCollapse(byId('collapse'), undefined, running);
  running = settings;
  trainer.run(running);
  showLegend(byId('legend'), settings);
  enter('Starting');
}

let soon: ReturnType<typeof setTimeout> | undefined;
function runSoon(): void {
  clearTimeout(soon);
  soon = setTimeout(run, SETTLED);
}

function hear(report: Report): void {
  switch (report.type) {
    case 'started':
      backend = report.backend;
      notify(report.fallback && `${report.fallback} ${report.backend} takes its place.`);
      return;
    case 'failed':
      notify(report.message);
      enter('Failed');
      return;
    case 'finished':
      completed = { history, data: settings.data };
      enter('Finished');
      return;
    case 'scene':
      before = completed?.data === settings.data ? completed.history : undefined;
      history = emptyHistory(); // what the run before it has drawn stays until now
      break;
    case 'scores':
      pace.step(report.step);
      break;
  }
  record(history, report);
  stage.draw(history, before, settings.steps);
  bar.show(state, stepOf(history), settings.steps);
  showCollapse(byId('collapse'), collapseOf(history, running), running);
  if (report.type === 'scores' && state === 'Starting') {
    enter(trainer.paused ? 'Paused' : 'Training');
  }
}

function enter(next: State): void {
  state = next;
  pace.measure(state === 'Training');
  bar.show(state, stepOf(history), settings.steps);
  announce();
}

function notify(text: string): void {
  notice.textContent = text;
  notice.hidden = text === '';
}

function announce(): void {
  byId('status').textContent = summary(history, settings.steps, state);
  stage.describe(history);
}

addEventListener('hashchange', () => {
  settings = fromHash(location.hash);
  controls.show(settings);
  run();
});

setInterval(() => {
  if (state === 'Training') {
    announce();
  }
}, CALM);

setInterval(() => {
  const { stepsPerSecond, framesPerSecond } = pace.read();
  bar.pace(
    state === 'Training'
      ? `${backend} · ${Math.round(stepsPerSecond)} steps/s · ${Math.round(framesPerSecond)} frames/s`
      : backend,
  );
}, SECOND);

byId('presets').append(...presetLinks());
controls.show(settings);
run();

if (import.meta.env.PROD && 'serviceWorker' in navigator) {
  navigator.serviceWorker.register('./service-worker.js');
}

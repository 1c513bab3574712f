// Two worker threads, each with a part of every batch, and one process with all of it: the same training?
import '@tensorflow/tfjs-backend-cpu';
import '@toploss/core/gradients';
import { alone } from '@toploss/examples/data-parallel/all-reduce';
import { table } from '../report/table.js';
import { digitsProblem } from './problem.js';
import { comparisons } from './terms.js';
import { distance, threads } from './together.js';
import { type Averaged, train } from './training.js';

const WAYS: Averaged[] = ['as needed', 'the last gradients alone'];
const two = threads([0.6, 0.4], new URL('./worker.js', import.meta.url));

const rows: string[][] = [];
for (const [name, { terms, averaged: needed = '–', optimizer = 'sgd' }] of Object.entries(
  comparisons,
)) {
  const problem = digitsProblem(terms, { optimizer });
  const whole = train({ problem, averaged: 'as needed' }, alone);
  const distances: string[] = [];
  for (const averaged of WAYS) {
    const parted = await two.train({ problem, averaged });
    distances.push(distance(whole, parted).toExponential(0));
  }
  rows.push([name, needed, ...distances]);
}
await two.close();

console.log(
  'How far two workers, with 60 and 40 % of each batch, end from one process: ‖θ − θ′‖/‖θ‖',
);
console.log('after 20 steps, by what they average.');
console.log(table(['terms', 'averaged besides the gradients', ...WAYS], rows));

import type { Problem, Tasks } from './task.js';
import { digits } from './tasks/digits.js';
import { languages } from './tasks/languages.js';

const DATA = { digits, languages };

export const tasksOf = (problem: Problem, seed: number): Tasks => DATA[problem.data](problem, seed);

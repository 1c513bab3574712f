import type { Course } from '../../classification/training.js';
import { cnn } from './models/cnn.js';
import { gru } from './models/gru.js';
import { mlp } from './models/mlp.js';
import type { Model } from './models/model.js';
import { transformer } from './models/transformer.js';

const BUILDERS = { MLP: mlp, CNN: cnn, GRU: gru, transformer };

export type ModelName = keyof typeof BUILDERS;

/** The caller owns the parameters. */
export const modelOf = (name: ModelName, seed: number): Model => BUILDERS[name](seed);

const course = (rate: number, epochs: number): Course => ({
  optimizer: { name: 'adam', rate },
  batch: 32,
  epochs,
});

/** Chosen by what the plain model knows of its training labels at the end. */
export const COURSES: Record<ModelName, Course> = {
  MLP: course(3e-3, 30),
  CNN: course(3e-3, 20),
  GRU: course(1e-2, 30),
  transformer: course(5e-3, 30),
};

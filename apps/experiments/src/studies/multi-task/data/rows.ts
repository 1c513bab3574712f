/** What a task predicts. */
export interface Task {
  loss: 'squared error' | 'cross-entropy';
  /** What no prediction gets the expected loss below, for the noise in the targets; 0 where that is not known. */
  floor: number;
}

/** Examples as rows of numbers. */
export interface Rows {
  inputs: number[][];
  /** Of the clean task and of the noisy one; one-hot where the task is a classification. */
  targets: [number[][], number[][]];
}

export interface RowSets {
  tasks: readonly [Task, Task];
  training: Rows;
  validation: Rows;
  test: Rows;
}

export const oneHot = (label: number, classes: number): number[] =>
  Array.from({ length: classes }, (_, k) => (k === label ? 1 : 0));

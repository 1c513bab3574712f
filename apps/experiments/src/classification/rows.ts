/** Examples as they lie in a file. */
export interface Rows {
  rows: readonly number[][];
  labels: readonly number[];
}

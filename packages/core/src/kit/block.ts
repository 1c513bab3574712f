/** A part of a batch: `size` rows from `start` on. */
export interface Block {
  readonly start: number;
  readonly size: number;
}

/** Block k of a batch that is cut into blocks in order; the last one ends with the batch, and k starts over after it. */
export function blockOf(batch: number, fraction: number, k: number): Block {
  const size = Math.ceil(fraction * batch);
  return { start: Math.min((k % Math.ceil(batch / size)) * size, batch - size), size };
}

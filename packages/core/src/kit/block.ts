/** A part of a batch: so many rows from `start` on. */
export interface Block {
  readonly start: number;
  readonly size: number;
}

/** Block number k of those that a batch is cut into, one after the other; the last one ends with the batch. */
export function blockOf(batch: number, fraction: number, k: number): Block {
  const size = Math.ceil(fraction * batch);
  return { start: Math.min((k % Math.ceil(batch / size)) * size, batch - size), size };
}

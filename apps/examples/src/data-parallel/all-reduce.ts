/** Which rows of each batch a replica has, as parts of the whole. */
export interface Rows {
  readonly start: number;
  readonly share: number;
}

/** A replica among others. What they do together, each does at the same point of its work, and all get the same. */
export interface Group extends Rows {
  /** Σ over the replicas. Waits for all of them. */
  sum(values: Float32Array): Float32Array;
}

/** A replica that has the whole batch. */
export const alone: Group = { start: 0, share: 1, sum: (values) => values };

/** Memory in which replicas meet, to be sent to each. */
export interface MeetingPlace {
  /** How many have arrived, and how often all of them have. */
  readonly barrier: Int32Array;
  /** What each has brought. */
  readonly slots: readonly Float32Array[];
}

/** @param capacity The most values that are summed at once. */
export const meetingPlace = (replicas: number, capacity: number): MeetingPlace => ({
  barrier: new Int32Array(new SharedArrayBuffer(8)),
  slots: Array.from(
    { length: replicas },
    () => new Float32Array(new SharedArrayBuffer(4 * capacity)),
  ),
});

/**
 * Replica k of those that meet there, each in a thread of its own.
 *
 * All add up in the same order, so that all get the same bits and the replicas never drift apart.
 */
export function replica({ barrier, slots }: MeetingPlace, k: number, rows: Rows): Group {
  const own = slots[k] as Float32Array;
  const meet = () => {
    const round = Atomics.load(barrier, 1);
    if (Atomics.add(barrier, 0, 1) === slots.length - 1) {
      Atomics.store(barrier, 0, 0);
      Atomics.add(barrier, 1, 1);
      Atomics.notify(barrier, 1);
    } else {
      // Again after each call: that of the last round may come late, when this replica waits for the next one already.
      while (Atomics.load(barrier, 1) === round) {
        Atomics.wait(barrier, 1, round);
      }
    }
  };
  return {
    ...rows,
    sum(values) {
      own.set(values);
      meet();
      const total = values.map((_, j) => slots.reduce((sum, slot) => sum + (slot[j] as number), 0));
      meet(); // before anyone brings what comes next
      return total;
    },
  };
}

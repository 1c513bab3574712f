import type { Measurement } from './measure.js';

/** What `bench/pytorch.py` writes; the cases have the names of those of the suite `step`. */
export interface PyTorch {
  torch: string;
  threads: number;
  cases: Record<string, Measurement>;
}

/** Candidates are chosen under these seeds, on validation data, … */
export const TUNING_SEEDS = [101, 102, 103];
/** … and the best is tested under these. Every arm gets the same ones, so that differences are paired. */
export const TEST_SEEDS = Array.from({ length: 20 }, (_, k) => k + 1);

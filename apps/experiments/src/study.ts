/** Plain data, so that it can be hashed, stored and sent to a worker. */
export type Json = string | number | boolean | null | undefined | Json[] | { [key: string]: Json };

/** What a run found: finite numbers, or series of them. */
export type Measurements = Record<string, number | number[]>;

/** A setting of an arm that may be chosen. */
export interface Candidate<Setting> {
  /** As a reader calls it: `λ = 0.1`. */
  label: string;
  setting: Setting;
}

/** One method under one condition: its candidates compete on validation data, the best is tested. */
export interface Arm<Setting> {
  /** What is held equal for all arms: data, noise, optimizer. */
  condition: string;
  name: string;
  /** In the order of the knob, if there is one. */
  candidates: readonly Candidate<Setting>[];
  /**
   * The next candidate below the first or above the last; it is tried as long as the best one lies at that
   * edge. Undefined where the knob ends.
   */
  beyond?: (
    edge: 'low' | 'high',
    candidates: readonly Candidate<Setting>[],
  ) => Candidate<Setting> | undefined;
}

/** One experiment: what it trains, what it measures and what it says of it. */
export interface Study<Setting = Json> {
  name: string;
  title: string;
  backend?: 'wasm' | 'cpu';
  /** How many of the protocol's seeds it uses; default all. */
  seeds?: { tuning: number; test: number };
  arms(): readonly Arm<Setting>[];
  /** The same in a few steps, to see that it runs. */
  quick(setting: Setting): Setting;
  /** Measured without test data. The candidate of the least mean `criterion` is chosen. */
  tune(setting: Setting, seed: number): Measurements & { criterion: number };
  test(setting: Setting, seed: number): Measurements;
  report(results: StudyResults): Section;
}

/** An arm's results; seeds are the outer index of every list. */
export interface ArmResults {
  condition: string;
  arm: string;
  /** Where there was something to choose from. */
  tuning: { label: string; measured: Record<string, (number | number[])[]> }[];
  chosen: string;
  /** The best candidate is still the last one that could be tried. */
  edge: boolean;
  test: Record<string, (number | number[])[]>;
}

export type StudyResults = ArmResults[];

export interface Section {
  markdown: string;
  figures: Figure[];
  claims: Claim[];
  /** Where a penalty does worse than what it is compared with, a sentence each. */
  losses: string[];
}

export interface Figure {
  /** Of the files: `sharpness-plane`. */
  name: string;
  /** What it shows, for those who do not see it. */
  alt: string;
  svg: string;
}

/** A sentence that the numbers may refuse. */
export interface Claim {
  /** What the paper's package reports, or what we aim at. */
  statement: string;
  /** What came out, with its interval. */
  found: string;
  holds: boolean;
}

import type { Method } from '../classification/methods.js';
import type { Network } from '../classification/network.js';

/** Methods whose steps are compared on one network. */
export interface Case {
  network: string;
  study?: string;
  /** The caller owns its parameters. */
  build(): Network;
  batch: number;
  /** How often all methods get their turn. */
  turns: number;
  /** The first is what the others are divided by. */
  methods: Record<string, Method>;
}

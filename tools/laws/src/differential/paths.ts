import * as tfl from '@tensorflow/tfjs-layers';
import type { Draw } from './draw.js';
import { embedding, ending, type Kind, keeping, type Layer } from './layers.js';

export type Symbolic = tfl.SymbolicTensor;

/** Where layers are put one after another: in a `Sequential`, or on a symbolic tensor. */
export interface Path {
  add(layer: Layer): void;
}

export class Applied implements Path {
  x: Symbolic;

  constructor(x: Symbolic) {
    this.x = x;
  }

  add(layer: Layer): void {
    this.x = layer.apply(this.x) as Symbolic;
  }
}

/** With a name that is the same in each run; those that tfjs gives count up in a process. */
export function named<L extends Layer>(draw: Draw, layer: L): L {
  layer.name = draw.name(layer.getClassName());
  return layer;
}

export const drawn = (draw: Draw, from: Record<string, (draw: Draw) => Layer>): Layer =>
  named(draw, draw.one(...Object.values(from))(draw));

/** Layers that lead from an input to a vector. */
export function toVector(draw: Draw, path: Path, kind: Kind): void {
  let now: keyof typeof keeping = kind === 'tokens' ? 'sequence' : kind;
  if (kind === 'tokens') {
    const maskZero = draw.chance(0.5);
    path.add(named(draw, embedding(draw, maskZero)));
    now = maskZero ? 'masked' : 'sequence';
  }
  if (kind === 'sequence' && draw.chance(0.2)) {
    path.add(named(draw, tfl.layers.masking({ maskValue: 0 }))); // First, as it has no gradient.
    now = 'masked';
  }
  for (let k = draw.integer(0, 2); k > 0; k--) {
    path.add(drawn(draw, keeping[now]));
  }
  if (now !== 'vector') {
    path.add(drawn(draw, ending[now]));
  }
  hidden(draw, path);
}

export function hidden(draw: Draw, path: Path, most = 2): void {
  for (let k = draw.integer(0, most); k > 0; k--) {
    path.add(drawn(draw, keeping.vector));
  }
}

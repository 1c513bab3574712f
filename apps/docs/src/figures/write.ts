import { mkdirSync, writeFileSync } from 'node:fs';
import { FIGURES } from './figures.js';

/** Writes every figure into `folder`. */
export function writeFigures(folder: URL): void {
  mkdirSync(folder, { recursive: true });
  for (const [name, figure] of Object.entries(FIGURES)) {
    writeFileSync(new URL(`${name}.svg`, folder), figure());
  }
}

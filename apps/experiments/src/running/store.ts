import { createHash } from 'node:crypto';
import { appendFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Json, Measurements } from '../study.js';

/** What a run is known by: the study and everything that decides it. */
export function keyOf(run: Json): string {
  return createHash('sha256').update(JSON.stringify(run)).digest('hex').slice(0, 20);
}

/** The runs that are done, a line each, written as they end, so that an interruption loses none. */
export class Store {
  readonly #runs = new Map<string, Measurements>();

  readonly #file: string;

  constructor(file: string) {
    this.#file = file;
    if (existsSync(file)) {
      this.add(readFileSync(file, 'utf8'));
    } else {
      mkdirSync(dirname(file), { recursive: true });
    }
  }

  /** Lines of another store's file, or of this one. A last line that was cut off is left out. */
  add(lines: string): string[] {
    const added: string[] = [];
    for (const line of lines.split('\n')) {
      const entry = parse(line);
      if (entry !== undefined && !this.#runs.has(entry.key)) {
        this.#runs.set(entry.key, entry.measured);
        added.push(line);
      }
    }
    return added;
  }

  /** What another machine has done. */
  merge(lines: string): void {
    const added = this.add(lines);
    if (added.length > 0) {
      appendFileSync(this.#file, `\n${added.join('\n')}`);
    }
  }

  get(key: string): Measurements | undefined {
    return this.#runs.get(key);
  }

  set(key: string, measured: Measurements): Measurements {
    // As it is read again: rounded, so that a run that is resumed and one that is not give the same
    const text = JSON.stringify({ key, measured }, rounded);
    const entry = parse(text) as { key: string; measured: Measurements };
    this.#runs.set(key, entry.measured);
    appendFileSync(this.#file, `\n${text}`); // on a line of its own, even after one that was cut off
    return entry.measured;
  }
}

function parse(line: string): { key: string; measured: Measurements } | undefined {
  try {
    return line === '' ? undefined : JSON.parse(line);
  } catch {
    return undefined;
  }
}

/** Five digits are more than the seeds agree on. JSON has no NaN: it would become null, silently. */
function rounded(name: string, value: unknown): unknown {
  if (typeof value !== 'number') {
    return value;
  }
  if (!Number.isFinite(value)) {
    throw new Error(`experiments: expected \`${name}\` to be finite. Received: ${value}`);
  }
  return Number.isInteger(value) ? value : Number(value.toPrecision(5));
}

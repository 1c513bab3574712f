import { describe, expect, it } from 'vitest';
import { asText, merged } from '../src/results.js';
import { ROW } from './rows.js';

const { machine, suite } = ROW;
const gap = { machine, suite, backend: 'webgl', size: ROW.size, reason: 'no', failed: true };

describe('merged', () => {
  it('puts the new row instead of the old one of the same suite, backend and size', () => {
    const again = { ...ROW, milliseconds: 3 };
    expect(merged([ROW], [again])).toEqual([again]);
    expect(merged([ROW], [{ ...gap, backend: 'cpu' }])).toEqual([{ ...gap, backend: 'cpu' }]);
  });

  it('keeps the others, in the order of the suites, the backends and the sizes', () => {
    const wasm = { ...ROW, backend: 'wasm' };
    const larger = { ...ROW, size: '64-256-256-10, B 128' };
    const head = { ...ROW, suite: 'head', size: '32-4, B 32', backend: 'webgpu' };
    expect(merged([gap, wasm, larger], [ROW, head])).toEqual([head, ROW, larger, wasm, gap]);
  });

  it('drops what no suite has any more', () => {
    expect(
      merged(
        [
          { ...ROW, size: '2-2, B 1' },
          { ...ROW, suite: 'gone' },
        ],
        [],
      ),
    ).toEqual([]);
  });
});

describe('asText', () => {
  it('is JSON, a line a row, in four digits', () => {
    const text = asText([{ ...ROW, milliseconds: 1.23456 }, gap]);
    expect(text.split('\n')).toHaveLength(5); // two rows, the brackets and the end
    expect(JSON.parse(text)).toEqual([{ ...ROW, milliseconds: 1.235 }, gap]);
  });
});

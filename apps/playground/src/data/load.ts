import digitsUrl from '@toploss/examples/digits.json?url';
import type { Settings } from '../settings/table.js';
import { type Digits, digitData } from './digits.js';
import { planeData } from './plane.js';
import type { DataSet } from './sets.js';

export async function loadData({ data, examples, noise, seed }: Settings): Promise<DataSet> {
  if (data === 'digits') {
    return digitData(await fetchDigits(), examples, noise, seed);
  }
  return planeData(data, examples, noise, seed);
}

async function fetchDigits(): Promise<Digits> {
  const response = await fetch(digitsUrl);
  if (!response.ok) {
    throw new Error(`The digits did not load: ${response.status} ${response.statusText}.`);
  }
  return response.json();
}

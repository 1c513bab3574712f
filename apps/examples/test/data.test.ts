import { expect, test } from 'vitest';
import { flipLabels, readDigits, splitDigits } from '../src/data.js';

const digits = readDigits();

test('there are 1797 images of 64 pixels, each with a label', () => {
  expect(digits.pixels).toHaveLength(1797);
  expect(digits.labels).toHaveLength(1797);
  expect(digits.pixels.every((image) => image.length === 64)).toBe(true);
});

test('the sets of a split are disjoint and complete', () => {
  const { training, validation, test } = splitDigits(1797, 1);
  expect([training.length, validation.length, test.length]).toEqual([500, 300, 997]);
  expect(new Set([...training, ...validation, ...test]).size).toBe(1797);
});

test('the test set is the same for every seed, the training set is not', () => {
  const [one, two] = [splitDigits(1797, 1), splitDigits(1797, 2)];
  expect(two.test).toEqual(one.test);
  expect(two.training).not.toEqual(one.training);
});

test('exactly a fifth of the labels changes, each to another class', () => {
  const { training } = splitDigits(1797, 1);
  const labels = training.map((k) => digits.labels[k] as number);
  const flipped = flipLabels(labels, 1);
  expect(flipped.filter((label, k) => label !== labels[k])).toHaveLength(100);
  expect(flipped.every((label) => Number.isInteger(label) && label >= 0 && label < 10)).toBe(true);
  expect(flipLabels(labels, 1)).toEqual(flipped);
});

import { expect, test } from 'vitest';
import { page } from '../src/report/page.js';

const section = {
  markdown: 'What was compared.',
  figures: [{ name: 'study-figure', alt: 'Lines that fall', svg: '<svg/>' }],
  claims: [
    { statement: 'It is better', found: '0.1 less', holds: true },
    { statement: 'It is faster', found: 'it is not', holds: false },
  ],
  losses: ['here: it is worse, by 0.2.'],
};

test('claims are counted, those that fail stand out, and losses are listed', () => {
  const text = page([{ name: 'study', title: 'A study', section }]);
  expect(text).toContain('1 of 2 are reached.');
  expect(text).toContain('- Reached: It is better. _Found:_ 0.1 less');
  expect(text).toContain('- **Not reached**: It is faster. _Found:_ it is not');
  expect(text).toContain('- study, here: it is worse, by 0.2.');
  expect(text).toContain(
    '## A study\n\nWhat was compared.\n\n![Lines that fall](figures/study-figure.svg)',
  );
});

test('where nothing is lost, that is said', () => {
  const text = page([{ name: 'study', title: 'A study', section: { ...section, losses: [] } }]);
  expect(text).toContain('Nowhere beyond chance.');
});

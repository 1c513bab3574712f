import type { Section, StudyResults } from '../../study.js';

export function report(_: StudyResults): Section {
  return { markdown: '', figures: [], claims: [], losses: [] };
}

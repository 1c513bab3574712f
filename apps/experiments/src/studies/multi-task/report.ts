import type { Section, StudyResults } from '../../study.js';

export function report(_results: StudyResults): Section {
  return { markdown: '', figures: [], claims: [], losses: [] };
}

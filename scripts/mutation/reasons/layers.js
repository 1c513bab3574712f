/** @type {import('../reasons.js').Reason[]} */
export default [
  {
    because:
      'A model has an output, and the loss of each writes its own entry, from the first on, before any is read: what the list held at the start is written over.',
    faults: {
      'again.ts': ['[] → ["Stryker was here"]'],
      'install.ts': ['[] → ["Stryker was here"]'],
      'trial.ts': ['[] → ["Stryker was here"]'],
    },
  },
  {
    because: 'The outputs of a pass are disposed of together, when it ends.',
    faults: {
      'inputs.ts': [
        'this.#step.ends.some(({ yPred }) => yPred.isDisposed) → this.#step.ends.every(({ yPred }) => yPred.isDisposed)',
      ],
    },
  },
  {
    because: '`tf.dispose` passes over what is no tensor, and nothing else reads the list.',
    faults: { 'kept.ts': ['[] → ["Stryker was here"]'] },
  },
  {
    because:
      'An entry that is no tensor has no maker, so the walk ends at it; and what is shared is looked for among the inputs of the calls, where it is not.',
    faults: { 'shared.ts': ['[] → ["Stryker was here"]'] },
  },
  {
    because:
      'The seeds of a step are drawn and read again by counting from 0; whether up or down, each count is the key of one seed.',
    faults: { 'pass.ts': ['this.#next += 1 → this.#next -= 1'] },
  },
  {
    because:
      'The key of an entry that the class keeps for itself: it stands in no message, and no other entry has the empty one.',
    faults: { 'inputs.ts': [`'prediction' → ""`, `'embedded' → ""`] },
  },
  {
    because:
      'What an observer may ask for is also read where nobody will: it is computed, kept until the end of the step and disposed of, and an error in it is passed over. No value differs; only the time is more.',
    faults: {
      'terms.ts': [
        `'observe' in term && !('correct' in term) → true`,
        `'observe' in term && !('correct' in term) → 'observe' in term || !('correct' in term)`,
        `'correct' → ""`,
      ],
      'step.ts': ['observes → true'],
    },
  },
  {
    because:
      'The two differ where a float32 is off by exactly 1e-5 (1 + |a|), the bound as float64 rounds it; equal values were let through before.',
    faults: {
      'trial.ts': [
        'Math.abs(a - b) <= 1e-5 * (1 + Math.abs(a)) → Math.abs(a - b) < 1e-5 * (1 + Math.abs(a))',
      ],
    },
  },
];

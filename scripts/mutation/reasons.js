// Why faults survive, by group. What no group takes is counted as open.

/** @typedef {import('./record.js').Survivor} Survivor */

/** @type {{ title: string, because: string, takes: (survivor: Survivor) => boolean }[]} */
export const REASONS = [
  {
    title: 'the wording of a message',
    because:
      'The tests ask which argument an error names and what was received, not for every word.',
    takes: ({ mutator, code }) =>
      mutator === 'StringLiteral' && /reject\(|'(to be|to hold|to have)|expected/.test(code),
  },
  {
    title: 'another text',
    because:
      'Mostly defaults that are only compared with the other choice; assigned by a rule, not looked at one by one.',
    takes: ({ mutator }) => mutator === 'StringLiteral',
  },
  {
    title: 'one step past the end of a typed array',
    because: 'Writing there has no effect.',
    takes: ({ mutator, from, to }) =>
      mutator === 'EqualityOperator' && /^[ik] < \S+$/.test(from) && to === from.replace('<', '<='),
  },
  {
    title: 'where values cannot be read without waiting',
    because:
      'On cpu they always can; the tests on wasm and in the browser take the other way. Assigned by a rule too.',
    takes: ({ code }) =>
      /=== undefined \|\| \w+ === undefined|hostView|hostValues|isLooped|hostSlope|host\w+\(.*\) \?\?/.test(
        code,
      ),
  },
];

export const reasonFor = (/** @type {Survivor} */ survivor) =>
  REASONS.find(({ takes }) => takes(survivor));

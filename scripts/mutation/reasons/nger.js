/** @type {import('../reasons.js').Reason[]} */
export default [
  {
    because:
      'Numbers alone become one tensor in the place of many that are stacked, for speed: a test compares both ways to the last bit.',
    faults: {
      'vector.ts': [
        "(value) => typeof value === 'number' → () => undefined",
        "typeof value === 'number' → false",
        '\'number\' → ""',
      ],
    },
  },
  {
    because:
      'Of a tensor on a device no entry is seen; a string in the place of none is no number, and only numbers are checked.',
    faults: { 'vector.ts': ['[] → ["Stryker was here"]'] },
  },
  {
    because: 'The list is replaced before it is read; where it is not, the error is thrown first.',
    faults: { 'tape.ts': ['[] → ["Stryker was here"]'] },
  },
];

/** @type {import('../reasons.js').Reason[]} */
export default [
  {
    because:
      'An option that is undefined is one that is left out; the types alone tell them apart.',
    faults: {
      'cosine.ts': [
        'eps === undefined → false',
        'length === undefined → false',
        'difference === undefined → false',
      ],
    },
  },
  {
    because: 'One step past the end of a typed array, where nothing is written.',
    faults: {
      'host-alignment.ts': ['k < x.length → k <= x.length'],
      'linear.ts': ['k < sum.length → k <= sum.length'],
      'slow-average.ts': ['k < next.length → k <= next.length'],
    },
  },
  {
    because: 'x·0 is 0 of either sign, or NaN: added or taken away, the sum is 0, or NaN.',
    faults: {
      'slow-average.ts': ['zero += (values[k] as number) * 0 → zero -= (values[k] as number) * 0'],
    },
  },
  {
    because:
      'Sums of squares are no −∞, and where both are ∞ both lengths are, which do not come here: their sum is NaN where their difference is.',
    faults: { 'host-alignment.ts': ['gg + mm → gg - mm'] },
  },
  {
    because:
      'They differ for a length that is 1e-37 to the last bit of a double alone; whether that still has a direction is a convention.',
    faults: {
      'host-alignment.ts': [
        'Math.min(length, slowLength) > shortest → Math.min(length, slowLength) >= shortest',
      ],
    },
  },
];

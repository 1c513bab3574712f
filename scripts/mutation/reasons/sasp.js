/** @type {import('../reasons.js').Reason[]} */
export default [
  {
    because:
      'The loop goes one step past the end of typed arrays: what it reads there is `undefined`, and what it writes there is dropped.',
    faults: {
      'host/head-loss.ts': ['i < B → i <= B'],
      'host/linear.ts': ['k < e.length → k <= e.length'],
      'host/sigmoid.ts': ['k < p.length → k <= p.length'],
      'host/softmax.ts': ['k < C → k <= C'],
      'network/products.ts': [
        'i < scales.length → i <= scales.length',
        'm - 1 → m + 1',
        'i < m → i <= m',
      ],
    },
  },
  {
    because: 'At a logit of 0 both of the values between which it chooses are exactly ½.',
    faults: {
      'host/sigmoid.ts': ['(z[start + k] as number) >= 0 → z[start + k] as number > 0'],
    },
  },
  {
    because:
      'Of two equal largest logits either may be the likely class: no probability is then above ½, and the formulas for the likely class and for the others are the same in other words.',
    faults: { 'host/softmax.ts': ['logit > largest → logit >= largest'] },
  },
  {
    because:
      'Where nothing is masked and every factor is finite, the loop and the operation give the same rows, and `host-head-loss.test.ts` compares both with the operations alone: the choice is speed.',
    faults: {
      'host/head-loss.ts': [
        'counts === undefined && !isLooped(features.size) && factors.every(Number.isFini… → false',
        '!isLooped(features.size) → isLooped(features.size)',
        '{ return tf.mul(tf.tensor2d(factors, [B, 1]), features); } → {}',
      ],
    },
  },
  {
    because:
      'a bᵀ is (b aᵀ)ᵀ, and `dense-trace.test.ts` compares products of either shape with `tf.matMul`: the choice is which matrix is transposed, the smaller one for speed.',
    faults: {
      'network/products.ts': [
        'a.size < b.size → true',
        'a.size < b.size → false',
        'a.size < b.size → a.size <= b.size',
        'a.size < b.size → a.size >= b.size',
      ],
    },
  },
  {
    because:
      'A stack of dense layers goes the general way instead of being one operation. `dense-trace.test.ts` compares both ways, values and gradients: the choice is speed. (The last layer is dense, so that no list holds pools or convolutions alone.)',
    faults: {
      'network/trace.ts': [
        '{ const isPlain = layers.every( (layer) => !isPool(layer) && !isConv(layer) && … → {}',
        '(layer) => !isPool(layer) && !isConv(layer) && layer.dropout === undefined → () => undefined',
        '!isPool(layer) && !isConv(layer) && layer.dropout === undefined → false',
        '!isPool(layer) → isPool(layer)',
        '!isConv(layer) → isConv(layer)',
        '!isPlain → true',
      ],
      'network/network.ts': ['hidden !== undefined → false'],
    },
  },
  {
    because:
      'Without `pad: "same"` every window lies inside the input, so that the margins come out as 0, and padding by 0 is a copy: the choice spares it.',
    faults: { 'network/shares.ts': ["pad !== 'same' → false", '{ return input; } → {}'] },
  },
  {
    because:
      'With strides of 1, every row and column is taken, and the pool over single pixels is a copy: the choice spares it.',
    faults: { 'network/shares.ts': ['strides[0] === 1 && strides[1] === 1 → false'] },
  },
  {
    because:
      'Nothing lies below −∞ or above ∞: the return spares looking through the values of an activation without bounds.',
    faults: {
      'network/check-layers.ts': [
        '{ return; } → {}',
        '!Number.isFinite(least) && !Number.isFinite(most) → false',
      ],
    },
  },
  {
    because: 'The slack is there for rounding; no value of a test lies exactly at its end.',
    faults: {
      'network/check-layers.ts': [
        'x < least - slack → x <= least - slack',
        'x > most + slack → x >= most + slack',
      ],
    },
  },
  {
    because: 'A slice of all rows is the tensor itself, at the cost of a copy.',
    faults: { 'network/network.ts': ['size === batch → false'] },
  },
  {
    because:
      'Every layer of dropout draws from a stream of random numbers of its own either way; which one is not said.',
    faults: { 'network/sequential.ts': ['seed + l → seed - l'] },
  },
  {
    because: 'tfjs takes the empty type of a new tensor for none, and its default is float32.',
    faults: { 'network/sequential.ts': ['\'float32\' → ""'] },
  },
  {
    because:
      'The name in the message about an activation that is none; the model has been refused for that when it was made, and `sequential.test.ts` reads the message of that.',
    // biome-ignore lint/suspicious/noTemplateCurlyInString: the code of a template
    faults: { 'network/sequential.ts': ['`layers[${l}].activation` → ``'] },
  },
];

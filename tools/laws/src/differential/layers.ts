import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import type { Draw } from './draw.js';

export type Layer = tfl.layers.Layer;
/** What flows: [D], [T, D], [height, width, channels], or token indices [T]. */
export type Kind = 'vector' | 'sequence' | 'image' | 'tokens';
export const shapes: Record<Kind, number[]> = {
  vector: [3],
  sequence: [3, 2],
  image: [4, 4, 1],
  tokens: [3],
};

type Make = (draw: Draw) => Layer;

const l = tfl.layers;

const activations = [
  ...(['tanh', 'sigmoid', 'relu', 'elu'] as const),
  ...(['linear', 'softplus', 'selu', 'hardSigmoid'] as const),
];
const activation = (draw: Draw) => draw.one(...activations);

const regularizer = (draw: Draw) =>
  draw.one<unknown>(undefined, undefined, 'l1l2', tfl.regularizers.l2({ l2: 0.1 }));

const constraint = (draw: Draw) =>
  draw.one<unknown>(
    undefined,
    undefined,
    undefined,
    'nonNeg',
    tfl.constraints.maxNorm({ maxValue: 1 }),
  );

/** Whether a layer is trained, as most are. */
const trainable = (draw: Draw) => draw.chance(0.9);

/** Of a layer with a kernel and a bias. */
const weighted = (draw: Draw) => ({
  ...{ trainable: trainable(draw), useBias: draw.chance(0.7) },
  ...{
    kernelRegularizer: regularizer(draw) as 'l1l2',
    biasRegularizer: regularizer(draw) as 'l1l2',
  },
  kernelConstraint: constraint(draw) as 'nonNeg',
});

/** A layer of the user's, with a weight, and noise of its own. */
class Scaled extends l.Layer {
  static readonly className = 'LawsScaled';
  #scale: tfl.LayerVariable | undefined;

  override build(): void {
    this.#scale = this.addWeight('scale', [], 'float32', tfl.initializers.ones());
    this.built = true;
  }

  override computeOutputShape(shape: tfl.Shape): tfl.Shape {
    return shape;
  }

  override call(given: tf.Tensor | tf.Tensor[], kwargs: { training?: boolean }): tf.Tensor {
    return tf.tidy(() => {
      const noise = kwargs.training ? Math.random() : 0.5;
      const scale = tf.add((this.#scale as tfl.LayerVariable).read(), noise - 0.5);
      return tf.mul(tf.tanh([given].flat()[0] as tf.Tensor), scale);
    });
  }
}

/** Another, which returns what it was given. */
class Same extends l.Layer {
  static readonly className = 'LawsSame';

  override computeOutputShape(shape: tfl.Shape): tfl.Shape {
    return shape;
  }

  override call(given: tf.Tensor | tf.Tensor[]): tf.Tensor {
    return [given].flat()[0] as tf.Tensor;
  }
}
tf.serialization.registerClass(Scaled as never);
tf.serialization.registerClass(Same as never);

const rnn = (draw: Draw, returnSequences: boolean, kinds = ['simpleRNN', 'gru', 'lstm'] as const) =>
  l[draw.one(...kinds)]({
    ...weighted(draw),
    ...{ units: 2, returnSequences, recurrentInitializer: 'glorotNormal' },
    ...{ dropout: draw.one(0, 0, 0.3), recurrentDropout: draw.one(0, 0, 0, 0.3) },
    goBackwards: draw.chance(0.1),
  });

const bidirectional = (draw: Draw, returnSequences: boolean) =>
  l.bidirectional({
    layer: rnn(draw, returnSequences) as never,
    mergeMode: draw.one('concat', 'sum', 'ave'),
  });

const dense: Make = (draw) =>
  l.dense({ ...weighted(draw), units: draw.integer(2, 3), activation: activation(draw) });

/** Of any kind and masked or not, and what comes out is of the same kind. */
const anywhere: Record<string, Make> = {
  dropout: (draw) => l.dropout({ rate: 0.4, ...draw.one({}, {}, { seed: 7 }) }),
  gaussianNoise: () => l.gaussianNoise({ stddev: 0.2 }),
  gaussianDropout: () => l.gaussianDropout({ rate: 0.3 }),
  alphaDropout: () => l.alphaDropout({ rate: 0.3 }),
  activation: (draw) => l.activation({ activation: activation(draw) }),
};

/** What a stack for `saspNetwork` is made of. */
export const stacked: Record<string, Make> = {
  dense: (draw) =>
    l.dense({ units: draw.integer(2, 3), activation: draw.one('tanh', 'sigmoid', 'relu') }),
  dropout: anywhere.dropout as Make,
};

const unmasked: Record<string, Make> = {
  ...anywhere,
  batchNormalization: (draw) => l.batchNormalization({ trainable: trainable(draw) }),
  layerNormalization: (draw) => l.layerNormalization({ trainable: trainable(draw) }),
  leakyReLU: () => l.leakyReLU(),
  prelu: (draw) => l.prelu({ trainable: trainable(draw) }),
  scaled: (draw) => new Scaled({ trainable: trainable(draw) }),
  same: () => new Same({}),
};

const convolution = (draw: Draw) => ({
  ...weighted(draw),
  ...{ kernelSize: 2, padding: 'same' as const, activation: activation(draw) },
});

/** What keeps the kind. */
export const keeping: Record<Exclude<Kind, 'tokens'> | 'masked', Record<string, Make>> = {
  vector: { dense, dense2: dense, ...unmasked },
  sequence: {
    ...{ dense, ...unmasked },
    conv1d: (draw) => l.conv1d({ ...convolution(draw), filters: 2 }),
    spatialDropout1d: () => l.spatialDropout1d({ rate: 0.4 }),
    rnn: (draw) => rnn(draw, true),
    bidirectional: (draw) => bidirectional(draw, true),
    timeDistributed: (draw) => l.timeDistributed({ layer: dense(draw) }),
    timeDistributedDropout: () => l.timeDistributed({ layer: l.dropout({ rate: 0.4 }) }),
  },
  masked: { dense, ...anywhere, rnn: (draw) => rnn(draw, true) },
  image: {
    ...unmasked,
    conv2d: (draw) => l.conv2d({ ...convolution(draw), filters: 2 }),
    depthwiseConv2d: (draw) =>
      l.depthwiseConv2d({ kernelSize: 2, padding: 'same', useBias: draw.chance(0.7) }),
    separableConv2d: (draw) =>
      l.separableConv2d({
        kernelSize: 2,
        padding: 'same',
        filters: 2,
        activation: activation(draw),
      }),
    conv2dTranspose: () => l.conv2dTranspose({ kernelSize: 2, padding: 'same', filters: 2 }),
    zeroPadding2d: () => l.zeroPadding2d({ padding: 1 }),
  },
};

/** What makes a vector of it. */
export const ending: Record<'sequence' | 'masked' | 'image', Record<string, Make>> = {
  sequence: {
    flatten: () => l.flatten(),
    globalAveragePooling1d: () => l.globalAveragePooling1d(),
    globalMaxPooling1d: () => l.globalMaxPooling1d(),
    rnn: (draw) => rnn(draw, false),
    bidirectional: (draw) => bidirectional(draw, false),
  },
  masked: { rnn: (draw) => rnn(draw, false) },
  image: {
    flatten: () => l.flatten(),
    globalAveragePooling2d: () => l.globalAveragePooling2d({}),
    globalMaxPooling2d: () => l.globalMaxPooling2d({}),
  },
};

export const embedding = (draw: Draw, maskZero: boolean): Layer =>
  l.embedding({
    ...{ inputDim: 5, outputDim: 2, maskZero, trainable: trainable(draw) },
    embeddingsRegularizer: regularizer(draw) as 'l1l2',
  });

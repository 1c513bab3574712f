// What a backward pass of the network has left, by name.
import * as tf from '@tensorflow/tfjs-core';
import { loss, params as variables, w1, w2 } from './network.js';

export const params = Object.fromEntries(variables.map((theta) => [theta.name, theta]));
export const { grads } = tf.variableGrads(loss, variables);
export const [g1, g2] = [grads[w1.name], grads[w2.name]] as [tf.Tensor, tf.Tensor];

// A thread: one replica.
import { parentPort, workerData } from 'node:worker_threads';
import '@tensorflow/tfjs-backend-cpu';
import '@toploss/core/gradients';
import { type MeetingPlace, type Rows, replica } from '@toploss/examples/data-parallel/all-reduce';
import { type Training, train } from './training.js';

export interface Member {
  place: MeetingPlace;
  k: number;
  rows: Rows;
}

const { place, k, rows } = workerData as Member;
const group = replica(place, k, rows);
parentPort?.on('message', (training: Training) => parentPort?.postMessage(train(training, group)));

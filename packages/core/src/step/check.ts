import { Checks } from '../kit/check.js';

export const check: Checks = new Checks('core.trainStep');

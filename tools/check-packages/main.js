// Checks the built packages as their users get them.
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import * as consumers from './consumer.js';
import { checkCopies, otherCopy } from './copies.js';
import { checkLicenses } from './licenses.js';
import { checkPeers, checkRanges, newest } from './peers.js';
import { checkReleases } from './releases.js';
import { part, summarize } from './report.js';
import { checkSizes } from './sizes.js';
import { checkManifests, lint, pack } from './tarballs.js';
import { checkTrees } from './trees.js';
import { checkTypes, compilers } from './types.js';
import { checkWorkflows } from './workflows.js';

await part('sizes', checkSizes);
await part('licenses', checkLicenses);
await part('workflows', checkWorkflows);
await part('ranges', checkRanges);
await part('releases', checkReleases);

const consumer = consumers.makeConsumer();
const tarballs = join(consumer, 'tarballs');
await part('pack', () => pack(tarballs));
await part('lint the tarballs', () => lint(tarballs));
await part('install by npm', () => consumers.install(consumer, newest, [...compilers, otherCopy]));
await part('manifests', () => checkManifests(consumer));
await part('Node', () => consumers.loadInNode(consumer));
await part('stop and resume', () => consumers.resume(consumer));
await part('esbuild', () => consumers.loadFromEsbuild(consumer));
await part('Vite', () => consumers.loadFromVite(consumer));
await part('tree-shaking', () => checkTrees(consumer));
await part('TypeScript', () => checkTypes(consumer));
await part('TensorFlow.js 4.0 to 4.22', () => checkPeers(consumer));
await part('two copies of TensorFlow.js', () => checkCopies(consumer));
await part('other Nodes', () => consumers.loadInOtherNodes(consumer));
rmSync(consumer, { recursive: true });

summarize();

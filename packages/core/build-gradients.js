// Bundles gradients.js for Node, which cannot load the ES modules inside @tensorflow/tfjs-core: their
// imports have no file extensions. The copy works beside the app's own tfjs-core, as the engine and its
// registries are global.
import { build } from 'esbuild';

await build({
  entryPoints: ['dist/gradients.js'],
  outfile: 'dist/gradients.node.js',
  bundle: true,
  external: ['./kernels/*'], // which import the app's own tfjs-core
  format: 'esm',
  target: 'node20',
  legalComments: 'eof', // the notices of tfjs, each once
  banner: {
    js: `/**
 * @license
 * Contains parts of @tensorflow/tfjs-core 4.22, Copyright Google LLC, Apache License 2.0, bundled
 * and otherwise unchanged, and of its dependencies long and seedrandom: see the file NOTICE.
 */`,
  },
});

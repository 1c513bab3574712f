// node --require ./page.cjs BUNDLE: a page that loads the bundle of a CDN by a script tag, and then a module, which
// takes the global `tf`.
function runScript() {
  const { readFileSync } = require('node:fs');
  const script = readFileSync('node_modules/@tensorflow/tfjs/dist/tf.min.js', 'utf8');
  // A page has no `process`, and this one is a worker.
  Function('process', 'WorkerGlobalScope', script)(undefined, true);
  return globalThis.tf;
}

module.exports = globalThis.tf ?? runScript();

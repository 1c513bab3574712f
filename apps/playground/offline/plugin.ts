import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Plugin } from 'vite';

/** Emits `service-worker.js`, which knows every file of the build by name. */
export function offline(): Plugin {
  return {
    name: 'offline',
    apply: 'build',
    generateBundle: {
      order: 'post',
      handler(_options, bundle) {
        const names = Object.keys(bundle).sort();
        const version = createHash('sha256');
        for (const name of names) {
          const file = bundle[name];
          version.update(name).update((file?.type === 'asset' ? file.source : file?.code) ?? '');
        }
        const worker = readFileSync(new URL('./service-worker.js', import.meta.url), 'utf8');
        this.emitFile({
          type: 'asset',
          fileName: 'service-worker.js',
          source: worker
            .replace("'VERSION'", JSON.stringify(version.digest('hex').slice(0, 12)))
            .replace("['FILES']", JSON.stringify(['./', ...names])),
        });
      },
    },
  };
}

import { defaultClientConditions, defineConfig } from 'vite';
import { offline } from './offline/plugin.js';

export default defineConfig({
  base: './', // at home under any path
  resolve: { conditions: ['@toploss/source', ...defaultClientConditions] }, // the sources of the packages: nothing has to be built
  worker: { format: 'es' }, // a backend is loaded when it is chosen
  build: { target: 'es2022', chunkSizeWarningLimit: 1500 },
  plugins: [offline()],
});

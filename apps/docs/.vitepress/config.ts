import { readdirSync } from 'node:fs';
import { defineConfig } from 'vitepress';

const packages = readdirSync(new URL('../../../packages', import.meta.url)).filter((name) =>
  readdirSync(new URL('../pages/api/@toploss', import.meta.url)).includes(`${name}.md`),
);

const pages = [
  {
    text: 'Guide',
    items: [
      { text: 'Get started', link: '/start' },
      { text: 'Choosing λ', link: '/lambda' },
      { text: 'The correspondence principle', link: '/principle' },
      { text: 'Coming from Python', link: '/python' },
      { text: 'Beyond one machine', link: '/distributed' },
    ],
  },
  {
    text: 'Penalties',
    items: [
      { text: 'SASP of the last layer', link: '/penalties/sasp' },
      { text: 'SASP of all layers', link: '/penalties/sasp-network' },
      { text: 'SASP of all layers: measurements', link: '/penalties/sasp-network-measured' },
      { text: 'CVP: cautious weight decay', link: '/penalties/cvp' },
      { text: 'NGER: several tasks', link: '/penalties/nger' },
      { text: 'SBMP: noise at the input', link: '/penalties/sbmp' },
      { text: 'DMTA: a long-memory average', link: '/penalties/dmta' },
    ],
  },
  {
    text: 'Measured',
    items: [
      { text: 'Results', link: '/from-repository/results' },
      { text: 'Protocol', link: '/protocol' },
      { text: 'Examples', link: '/from-repository/examples' },
      { text: 'Performance', link: '/performance' },
      { text: 'Costs', link: '/from-repository/costs' },
      { text: 'How costs grow', link: '/from-repository/scaling' },
    ],
  },
  {
    text: 'Reference',
    collapsed: false,
    items: packages.map((name) => ({ text: `@toploss/${name}`, link: `/api/@toploss/${name}` })),
  },
];

export default defineConfig({
  title: '@toploss',
  description: 'Recent optimizer tricks for TensorFlow.js, as penalties in the loss.',
  srcDir: 'pages',
  srcExclude: ['generated/**'],
  cleanUrls: true,
  markdown: { math: true },
  themeConfig: {
    nav: [
      { text: 'Start', link: '/start' },
      { text: 'Principle', link: '/principle' },
      { text: 'Results', link: '/from-repository/results' },
      { text: 'Reference', link: '/api/' },
    ],
    sidebar: pages,
    outline: [2, 3],
    search: { provider: 'local' },
    socialLinks: [{ icon: 'github', link: 'https://github.com/toploss/toploss' }],
  },
});

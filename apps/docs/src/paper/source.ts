import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { costTable } from '../costs.js';
import { root } from '../markdown/files.js';
import { isExternal, mapLinks, onGitHub, resolve } from '../markdown/links.js';

const RESULTS = 'apps/experiments/results/RESULTS.md';

/** The paper in Markdown, with the results and the costs that are recorded in its places for them. */
export function source(text: string): { text: string; hasResults: boolean } {
  const report = existsSync(new URL(RESULTS, root))
    ? readFileSync(new URL(RESULTS, root), 'utf8')
    : undefined;
  const { claims, studies } = report === undefined ? missing : parts(report);
  const filled = text
    .replace(/<!-- costs: (.*?) -->/g, (_, name: string) => costTable(name))
    .replace('<!-- results -->', () => claims);
  return { text: `${filled}\n${studies}`, hasResults: report !== undefined };
}

const missing = {
  claims: `This copy was made without the results of the experiments: \`pnpm experiments\` writes them to \`${RESULTS}\`.`,
  studies: '',
};

/** What was claimed and what came out, for the paper itself; the studies, for its appendix. */
function parts(report: string): { claims: string; studies: string } {
  const linked = mapLinks(report, (target) => {
    if (isExternal(target)) return target;
    const { path, anchor } = resolve(RESULTS, target);
    return path.endsWith('.svg') ? fileURLToPath(new URL(path, root)) : onGitHub(path, anchor);
  });
  const [introduction = '', ...sections] = linked.replace(/^# .*\n/, '').split(/^## /m);
  const demoted = sections.map((section) => `### ${section.replace(/^###/gm, '####')}`);
  return {
    claims: [introduction, ...demoted.slice(0, 2)].join('\n\n'),
    studies: ['## Appendix: the studies', ...demoted.slice(2)].join('\n\n'),
  };
}

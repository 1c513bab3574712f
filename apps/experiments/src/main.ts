import { readdirSync, readFileSync } from 'node:fs';
import { relative } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import type { Results } from './report/report.js';
import { readResults, writeReport, writeResults, writeTimes } from './report/write.js';
import { follow } from './running/protocol.js';
import { runner } from './running/runner.js';
import { type Shard, shardOf } from './running/shard.js';
import { Store } from './running/store.js';
import { STUDIES, studyOf } from './studies.js';
import { measureTimes } from './timing/measure.js';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    quick: { type: 'boolean', default: false },
    shard: { type: 'string' },
    merge: { type: 'string' },
    report: { type: 'boolean', default: false },
    times: { type: 'boolean', default: false },
  },
});

const folder = new URL(values.quick ? '../results-quick/' : '../results/', import.meta.url);
const storeOf = (name: string, root = new URL('runs/', folder)) =>
  fileURLToPath(new URL(`${name}.jsonl`, root));

if (values.merge !== undefined) {
  mergeRuns(values.merge);
} else if (values.times) {
  writeTimes(folder, await measureTimes({ quick: values.quick, study: positionals[0] }));
} else if (!values.report) {
  await run(positionals, values.shard === undefined ? undefined : shardOf(values.shard));
}
if (values.shard === undefined && values.merge === undefined) {
  writeReport(folder);
  console.log(
    `Written to ${relative(process.cwd(), fileURLToPath(new URL('RESULTS.md', folder)))}`,
  );
}

/** The named studies, or all of them; what the runs of `folder` have is not computed again. */
async function run(names: readonly string[], shard: Shard | undefined): Promise<void> {
  const studies = names.length === 0 ? STUDIES : names.map(studyOf);
  for (const study of studies) {
    const workers = runner(study.name, new Store(storeOf(study.name)));
    try {
      const arms = study.arms().filter((_, k) => shard === undefined || shard.has(k));
      const options = { quick: values.quick };
      const found = await Promise.all(arms.map((arm) => follow(study, arm, workers, options)));
      if (shard === undefined) {
        const results: Results = { ...readResults(folder), [study.name]: found };
        writeResults(folder, results);
      }
    } finally {
      await workers.close();
    }
  }
}

/** Takes over the runs of another machine: the folder `runs` of its results. */
function mergeRuns(from: string): void {
  const root = new URL(`${pathToFileURL(from).href}/`);
  for (const file of readdirSync(root).filter((name) => name.endsWith('.jsonl'))) {
    const name = file.slice(0, -'.jsonl'.length);
    new Store(storeOf(studyOf(name).name)).merge(readFileSync(new URL(file, root), 'utf8'));
  }
}

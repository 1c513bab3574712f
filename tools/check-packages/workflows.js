// A tag can be moved to other code, a commit cannot; and a job without `permissions` may have too many.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { problem } from './report.js';

const pinned = /^(\.\/\S+|[\w.-]+\/[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+)$/;

export function checkWorkflows() {
  const folder = '.github/workflows';
  for (const name of readdirSync(folder)) {
    const text = readFileSync(join(folder, name), 'utf8');
    for (const [, action = ''] of text.matchAll(/^[ -]*uses: *(.*)$/gm)) {
      console.log(`${name}: ${action}`);
      if (!pinned.test(action)) problem(`${name}: ${action} is not pinned to a commit`);
    }
    if (!/^permissions:/m.test(text)) problem(`${name}: no permissions at the top`);
  }
}

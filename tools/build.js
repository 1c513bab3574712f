// Builds what a command needs, by the names of the packages, and prints nothing of it unless that fails.
import { spawnSync } from 'node:child_process';

if (process.stderr.isTTY) {
  process.stderr.write('Building …\r');
}
const filters = process.argv.slice(2).map((name) => `--filter=${name}`);
const turbo = spawnSync('turbo', ['run', 'build', ...filters, '--output-logs=errors-only'], {
  encoding: 'utf8',
  shell: process.platform === 'win32', // where turbo is a script of the shell
});
if (turbo.status !== 0) {
  process.stderr.write([turbo.stdout, turbo.stderr, turbo.error].filter(Boolean).join('\n'));
}
process.exit(turbo.status ?? 1);

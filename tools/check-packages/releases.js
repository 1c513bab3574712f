// A dry run of releases in a copy of the repository: a change of one package releases that one, and others only
// where its new version leaves the range that they ask for.
import { execFileSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { manifestOf, packages } from './packages.js';
import { problem } from './report.js';

/** @typedef {'patch' | 'minor'} Bump */
/** @typedef {{ version: string, changelog: string }} Release */

/** @type {[changed: string, bump: Bump][]} */
const changes = [
  ['@toploss/cvp', 'patch'],
  ['@toploss/cvp', 'minor'],
  ['@toploss/nger', 'minor'],
  ['@toploss/core', 'patch'],
  ['@toploss/core', 'minor'],
];

export function checkReleases() {
  const copy = mkdtempSync(join(tmpdir(), 'toploss-release-'));
  try {
    copyManifests(copy);
    release(copy); // of what is pending
    for (const [changed, bump] of changes) {
      const before = releasesIn(copy);
      const summary = `A ${bump} change of ${changed}.`;
      writeFileSync(
        join(copy, '.changeset/change.md'),
        `---\n'${changed}': ${bump}\n---\n\n${summary}\n`,
      );
      release(copy);
      compare(changed, bump, summary, before, releasesIn(copy));
    }
  } finally {
    rmSync(copy, { recursive: true });
  }
}

const copied = /^(package\.json|CHANGELOG\.md|pnpm-.*\.yaml)$/;
const left = ['node_modules', 'dist', '.git', '.turbo', 'results-quick'];

/** What changesets read and write. @type {(copy: string) => void} */
function copyManifests(copy) {
  cpSync('.', copy, {
    recursive: true,
    filter: (source) =>
      statSync(source).isDirectory()
        ? !left.includes(basename(source))
        : copied.test(basename(source)) || basename(dirname(source)) === '.changeset',
  });
  symlinkSync(resolve('node_modules'), join(copy, 'node_modules'));
  writeFileSync(join(copy, '.gitignore'), 'node_modules\n');
  execFileSync('git', ['init', '--quiet', '--initial-branch=main'], { cwd: copy });
}

/** @type {(copy: string) => void} */
function release(copy) {
  const by = ['-c', 'user.name=release', '-c', 'user.email=release@localhost'];
  const commit = () => {
    execFileSync('git', ['add', '--all'], { cwd: copy });
    execFileSync('git', [...by, 'commit', '--quiet', '--allow-empty', '--message', 'x'], {
      cwd: copy,
    });
  };
  commit(); // the changelog names the commit of a change
  execFileSync('node_modules/.bin/changeset', ['version'], { cwd: copy, stdio: 'pipe' });
  commit();
}

/** @type {(copy: string) => Map<string, Release>} */
function releasesIn(copy) {
  return new Map(
    packages.map(({ folder, manifest: { name } }) => {
      const file = join(copy, folder, 'CHANGELOG.md');
      const changelog = existsSync(file) ? readFileSync(file, 'utf8') : '';
      return [name, { version: manifestOf(join(copy, folder)).version, changelog }];
    }),
  );
}

/** @type {(version: string, bump: Bump) => string} */
function bumped(version, bump) {
  const [major = 0, minor = 0, patch = 0] = version.split('.').map(Number);
  return bump === 'minor' ? `${major}.${minor + 1}.0` : `${major}.${minor}.${patch + 1}`;
}

/** @type {(changed: string, bump: Bump, summary: string, before: Map<string, Release>, after: Map<string, Release>) => void} */
function compare(changed, bump, summary, before, after) {
  // Below 1.0.0 a minor version is one that may break: it leaves `^0.1.0`.
  const leaves = bump === 'minor' && before.get(changed)?.version.startsWith('0.');
  for (const { manifest } of packages) {
    const { name, dependencies = {} } = manifest;
    const was = /** @type {Release} */ (before.get(name));
    const is = /** @type {Release} */ (after.get(name));
    let expected = was.version;
    if (name === changed) expected = bumped(was.version, bump);
    else if (leaves && changed in dependencies) expected = bumped(was.version, 'patch');
    const isReleased = expected !== was.version;
    if (isReleased) console.log(`${bump} of ${changed}: ${name} ${was.version} → ${is.version}`);
    if (is.version !== expected) {
      problem(`a ${bump} change of ${changed} releases ${name} ${is.version}, not ${expected}`);
    }
    const added = is.changelog.replace(was.changelog.replace(`# ${name}\n`, ''), '');
    const entry = name === changed ? summary : changed; // or the dependency that is updated
    const isLogged = isReleased
      ? added.includes(`## ${is.version}\n`) && added.includes(entry)
      : is.changelog === was.changelog;
    if (!isLogged) problem(`a ${bump} change of ${changed}: the changelog of ${name}`);
  }
}

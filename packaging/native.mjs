/** koffi's native part for a machine: of this checkout, or else the one of package-lock.json, fetched once. */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '..');
/** Kept between builds; named after what is in it. */
const FETCHED = join(ROOT, 'dist/native');

/**
 * @param {{ node: string }} architecture
 * @returns {{ name: string, folder: string, files: string[] }} what is needed of the npm package `name` with Debian's C library
 */
export function nativeModule({ node }) {
  const name = `@koromix/koffi-linux-${node}`;
  const installed = join(ROOT, 'node_modules', name);
  const folder = existsSync(installed) ? installed : fetched(name);
  return { name, folder, files: ['package.json', 'index.js', `linux_${node}/koffi.node`] };
}

function fetched(name) {
  const lock = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8'));
  const { version, integrity } = lock.packages[`node_modules/${name}`];
  const folder = join(FETCHED, `${name.replace('/', '-')}-${version}`);
  if (existsSync(folder)) return folder;
  mkdirSync(FETCHED, { recursive: true });
  const work = mkdtempSync(join(FETCHED, '.new-'));
  try {
    const args = ['pack', '--silent', '--pack-destination', work, `${name}@${version}`];
    const archive = join(
      work,
      execFileSync('npm', args, { encoding: 'utf8' }).trim().split('\n').at(-1),
    );
    const found = `sha512-${createHash('sha512').update(readFileSync(archive)).digest('base64')}`;
    if (found !== integrity)
      throw new Error(`${name} ${version} is not the one of package-lock.json`);
    execFileSync('tar', ['-xzf', archive, '-C', work, '--no-same-owner']);
    renameSync(join(work, 'package'), folder);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
  return folder;
}

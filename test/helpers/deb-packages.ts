/** The Debian packages of this checkout, made once for all tests, for as long as nothing has changed that they are made of. */
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { join } from 'node:path';
import { cached } from '../vm/qemu/cache.js';
import { CHECKOUT } from './boot-program.js';

const INGREDIENTS = [
  ...['packaging', 'bin', 'src', 'images', 'initramfs', 'systemd', 'completion', 'docs'],
  ...['README.md', 'CHANGELOG.md', 'package.json', 'package-lock.json'],
  ...['test/setup/man.mjs', 'test/setup/roff.mjs'],
];

export const PACKAGE_NAMES = ['rootseal', 'rootseal-initramfs', 'rootseal-images'] as const;
export type PackageName = (typeof PACKAGE_NAMES)[number];

export interface DebPackages {
  /** Holds one file for each. */
  readonly directory: string;
  readonly file: (name: PackageName) => string;
}

/** @param architecture Debian's name of another machine than this one */
export function debPackages(architecture?: string): DebPackages {
  const options = architecture === undefined ? [] : ['--architecture', architecture];
  const directory = cached('deb', [...INGREDIENTS, `=${architecture ?? ''}`], (work) => {
    // Ordinary users get at them, too.
    fs.chmodSync(work, 0o755);
    buildPackages(work, options);
  });
  return { directory, file: (name) => packageFile(directory, name) };
}

export function buildPackages(out: string, options: readonly string[] = []): void {
  const env = { ...process.env, SOURCE_DATE_EPOCH: '' };
  const script = join(CHECKOUT, 'packaging/build.mjs');
  execFileSync(process.execPath, [script, '--out', out, ...options], { env, stdio: 'pipe' });
}

export function packageFile(directory: string, name: PackageName): string {
  const file = fs.readdirSync(directory).find((one) => one.startsWith(`${name}_`));
  if (file === undefined) throw new Error(`no package ${name} in ${directory}`);
  return join(directory, file);
}

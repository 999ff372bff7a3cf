/** The program as it is shipped: the same code in few files, which starts in half the time. Tests start it thousands of times. */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { hasErrno } from '../../src/util/errors.js';

/** The checkout. This file runs from dist/test/helpers. */
const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
/** The same program in many files, as it is compiled. */
export const CHECKOUT_PROGRAM = join(ROOT, 'bin/rootseal.js');
const PACKAGES = join(ROOT, 'dist/test-packages');

let made: string | undefined;

/**
 * What `node` runs. It is made when it is not there, and named after what it is made of. Where the checkout cannot be written
 * to, as in User Mode Linux, it is that of the checkout.
 */
export function packagedProgram(): string {
  made ??= packageOrCheckout();
  return made;
}

function packageOrCheckout(): string {
  try {
    return makePackage();
  } catch (error) {
    if (hasErrno(error, 'EROFS') || hasErrno(error, 'EACCES')) return CHECKOUT_PROGRAM;
    throw error;
  }
}

function makePackage(): string {
  const directory = join(PACKAGES, hashOfSources());
  const program = join(directory, 'bin/rootseal.js');
  if (fs.existsSync(program)) return program;
  fs.mkdirSync(PACKAGES, { recursive: true });
  const old = fs
    .readdirSync(PACKAGES)
    .filter((name) => !name.startsWith('.new-') && join(PACKAGES, name) !== directory);
  const temporary = fs.mkdtempSync(join(PACKAGES, '.new-'));
  try {
    execFileSync(process.execPath, [join(ROOT, 'bin/package.mjs'), temporary]);
    fs.renameSync(temporary, directory);
  } catch (error) {
    fs.rmSync(temporary, { recursive: true });
    // Another test file was quicker.
    if (!fs.existsSync(program)) throw error;
  }
  for (const name of old) fs.rmSync(join(PACKAGES, name), { recursive: true, force: true });
  return program;
}

function hashOfSources(): string {
  const hash = createHash('sha256');
  const sources = fs
    .readdirSync(join(ROOT, 'dist/src'), { recursive: true })
    .map(String)
    .filter((name) => name.endsWith('.js') || name.endsWith('.d.ts'))
    .map((name) => `dist/src/${name}`);
  const pages = ['docs/man', 'completion'].flatMap((folder) =>
    fs.readdirSync(join(ROOT, folder)).map((name) => `${folder}/${name}`),
  );
  const others = ['bin/package.mjs', 'bin/rootseal.js', 'package.json', 'package-lock.json'];
  for (const name of [...sources.sort(), ...pages.sort(), ...others])
    hash.update(`${name}\0`).update(fs.readFileSync(join(ROOT, name)));
  return hash.digest('hex').slice(0, 16);
}

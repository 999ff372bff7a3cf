/**
 * What test/interop/attestations.test.ts compares with: cosign of Debian 13, and debsbom of its backports, unpacked in a cache of
 * their own.
 */
import fs from 'node:fs';
import { join } from 'node:path';
import { run } from './steps.mjs';
import { cacheFolder, unpackDebian } from './unpack.mjs';

const SUITE = 'trixie';
const BACKPORTS = `${SUITE}-backports`;
// What debsbom writes CycloneDX with is only suggested by its package.
const PACKAGES = ['cosign', `debsbom/${BACKPORTS}`, 'python3-cyclonedx-lib'];

/**
 * Finds or unpacks them, and prints which ones. Never fails: when there is no way, it prints why.
 *
 * @returns {Promise<string | undefined>} the folder: `bin` has the programs
 */
export async function ensureAttestationTools() {
  const folder = cacheFolder(`attestation-tools-${SUITE}-${process.arch}`, [
    new URL(import.meta.url),
    new URL('unpack.mjs', import.meta.url),
  ]);
  if (!(await doRun(folder))) {
    const request = { suite: SUITE, packages: PACKAGES, more: BACKPORTS, folder, arrange };
    const problem = await unpackDebian(request);
    if (problem !== undefined) {
      console.log(`    there are none: ${problem}`);
      return undefined;
    }
  }
  console.log(`    cosign and debsbom for Debian ${SUITE}, unpacked in ${folder}`);
  return folder;
}

async function doRun(folder) {
  for (const words of [
    ['cosign', 'version'],
    ['debsbom', '--version'],
  ]) {
    const [name, word] = words;
    const { status } = await run(join(folder, 'bin', name), [word], { capture: true });
    if (status !== 0) return false;
  }
  return true;
}

/** Keeps what is used of `fresh`/root. */
async function arrange(fresh) {
  const root = join(fresh, 'root');
  const lib = join(root, 'usr/lib');
  const library = fs.readdirSync(lib).find((name) => fs.existsSync(join(lib, name, 'libc.so.6')));
  const python = fs.readdirSync(lib).find((name) => /^python3\.\d+$/.test(name));
  for (const name of ['bin', 'programs', 'python/lib'])
    fs.mkdirSync(join(fresh, name), { recursive: true });
  fs.renameSync(join(root, 'usr/bin/cosign'), join(fresh, 'programs/cosign'));
  fs.renameSync(join(root, 'usr/bin', python), join(fresh, 'programs/python3'));
  fs.renameSync(join(lib, python), join(fresh, 'python/lib', python));
  fs.renameSync(join(lib, 'python3/dist-packages'), join(fresh, 'python/packages'));
  fs.renameSync(join(lib, library), join(fresh, 'lib'));
  fs.rmSync(root, { recursive: true });
  const loader = fs
    .readdirSync(join(fresh, 'lib'))
    .find((name) => /^ld(64|-linux.*)\.so\.\d$/.test(name));
  const start = `"$here/lib/${loader}" --library-path "$here/lib"`;
  const script = (name, line) => {
    const text = `#!/bin/sh\nhere="\${0%/*}/.."\nexec ${line} "$@"\n`;
    fs.writeFileSync(join(fresh, 'bin', name), text, { mode: 0o755 });
  };
  script('cosign', `${start} "$here/programs/cosign"`);
  const places = 'PYTHONHOME="$here/python" PYTHONPATH="$here/python/packages"';
  script('debsbom', `env ${places} ${start} "$here/programs/python3" -m debsbom.cli`);
  if (!(await doRun(fresh))) throw new Error('the unpacked programs do not run here');
}

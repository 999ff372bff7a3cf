/**
 * What test/interop/ukify.test.ts compares with: ukify, systemd-measure and the stub of Debian 13, unpacked in a cache of their own,
 * whatever this machine has: our bytes are those of one version.
 */
import fs from 'node:fs';
import { join } from 'node:path';
import { run } from './steps.mjs';
import { cacheFolder, unpackDebian } from './unpack.mjs';

const SUITE = 'trixie';
const PACKAGES = [
  'systemd-ukify',
  'python3-pefile',
  'systemd',
  'systemd-boot-efi',
  // systemd-measure looks for them when it signs.
  'libtss2-esys-3.0.2-0t64',
  'libtss2-mu-4.0.1-0t64',
  'libtss2-rc0t64',
];

/**
 * Finds or unpacks them, and prints which ones. Never fails: when there is no way, it prints why.
 *
 * @returns {Promise<string | undefined>} the folder: `bin` has the programs, `efi` the stubs
 */
export async function ensureUkiTools() {
  const folder = cacheFolder(`uki-tools-${SUITE}-${process.arch}`, [
    new URL(import.meta.url),
    new URL('unpack.mjs', import.meta.url),
  ]);
  if ((await versionOf(folder)) === undefined) {
    const problem = await unpackDebian({ suite: SUITE, packages: PACKAGES, folder, arrange });
    if (problem !== undefined) {
      console.log(`    there are none: ${problem}`);
      return undefined;
    }
  }
  console.log(`    ${await versionOf(folder)} of Debian ${SUITE}, unpacked in ${folder}`);
  return folder;
}

/** Undefined when one of the programs does not run. */
async function versionOf(folder) {
  const outputs = [];
  for (const name of ['ukify', 'systemd-measure']) {
    const { status, output } = await run(join(folder, 'bin', name), ['--version'], {
      capture: true,
    });
    if (status !== 0) return undefined;
    outputs.push(output);
  }
  return outputs[0]?.trim();
}

/** Keeps what is used of `fresh`/root. */
async function arrange(fresh) {
  const root = join(fresh, 'root');
  const keep = (from, to) => fs.renameSync(join(root, from), join(fresh, to));
  for (const name of ['bin', 'programs', 'python']) fs.mkdirSync(join(fresh, name));
  const library = fs
    .readdirSync(join(root, 'usr/lib'))
    .find((name) => fs.existsSync(join(root, 'usr/lib', name, 'libc.so.6')));
  keep(join('usr/lib', library), 'lib');
  keep('usr/lib/systemd/boot/efi', 'efi');
  keep('usr/lib/systemd/systemd-measure', 'programs/systemd-measure');
  keep('usr/bin/ukify', 'programs/ukify');
  for (const name of ['pefile.py', 'ordlookup'])
    keep(`usr/lib/python3/dist-packages/${name}`, `python/${name}`);
  fs.rmSync(root, { recursive: true });
  const loader = fs
    .readdirSync(join(fresh, 'lib'))
    .find((name) => /^ld(64|-linux.*)\.so\.\d$/.test(name));
  const script = (name, line) => {
    const text = `#!/bin/sh\nhere="\${0%/*}/.."\nexec ${line} "$@"\n`;
    fs.writeFileSync(join(fresh, 'bin', name), text, { mode: 0o755 });
  };
  script('ukify', 'env PYTHONPATH="$here/python" python3 "$here/programs/ukify"');
  script(
    'systemd-measure',
    `"$here/lib/${loader}" --library-path "$here/lib:$here/lib/systemd" "$here/programs/systemd-measure"`,
  );
  if ((await versionOf(fresh)) === undefined)
    throw new Error('the unpacked programs do not run here');
}

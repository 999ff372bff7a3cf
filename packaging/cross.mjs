/**
 * A compiler for the boot program of another machine: Debian's cross compiler with that machine's musl and libsodium, which are
 * unpacked from Debian's packages into dist/native, once.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';

const SUITE = 'trixie';
const LIBRARIES = ['musl-dev', 'libsodium-dev'];
const NATIVE = join(import.meta.dirname, '../dist/native');

/**
 * @param {{ name: string, triplet: string, musl: string }} architecture
 * @returns {string[]} settings for `make -C initramfs`
 */
export function crossCompiler(architecture) {
  const compiler = `${architecture.triplet}-gcc`;
  for (const [program, source] of [
    [compiler, `gcc-${architecture.triplet} and libc6-dev-${architecture.name}-cross`],
    ['mmdebstrap', 'mmdebstrap'],
  ])
    if (spawnSync(program, ['--version']).error !== undefined)
      throw new Error(`${program} is missing: apt-get install ${source}`);
  const libraries = unpackedLibraries(architecture);
  const specs = join(libraries, 'usr/lib', architecture.musl, 'musl-gcc.specs');
  return [
    `CC=${compiler} -specs ${specs}`,
    `HOST_CC=${compiler}`,
    `SODIUM=${join(libraries, 'usr/lib', architecture.triplet, 'libsodium.a')}`,
    `BUILD=build/${architecture.name}`,
  ];
}

function unpackedLibraries(architecture) {
  const folder = join(NATIVE, `${architecture.name}-${SUITE}`);
  if (existsSync(folder)) return folder;
  mkdirSync(NATIVE, { recursive: true });
  const work = mkdtempSync(join(NATIVE, '.new-'));
  try {
    download(architecture, work);
    for (const file of readdirSync(work).filter((name) => name.endsWith('.deb')))
      execFileSync('dpkg-deb', ['--extract', join(work, file), join(work, 'root')]);
    // They name the places of an installed package.
    const specs = join(work, 'root/usr/lib', architecture.musl, 'musl-gcc.specs');
    const text = readFileSync(specs, 'utf8');
    writeFileSync(specs, text.replaceAll(/\/usr\/(?=(?:lib|include)\/)/g, `${folder}/usr/`));
    renameSync(join(work, 'root'), folder);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
  return folder;
}

/** mmdebstrap sets up apt for the machine and checks signatures; nothing is installed, so nothing of that machine has to run. */
function download(architecture, directory) {
  // Whatever user it makes its own may write there.
  chmodSync(directory, 0o777);
  const hook = `cd "${directory}" && APT_CONFIG=$MMDEBSTRAP_APT_CONFIG apt-get -qq -o APT::Sandbox::User=root download ${LIBRARIES.join(' ')} >&2`;
  const options = [
    ...['--variant=custom', '--format=null', '--quiet', '--skip=check/qemu'],
    `--architectures=${architecture.name}`,
    `--customize-hook=${hook}`,
  ];
  execFileSync('mmdebstrap', [...options, SUITE], { stdio: ['ignore', 'ignore', 'inherit'] });
}

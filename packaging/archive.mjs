/** Makes a .deb file of the files of a package: control, checksums, maintainer scripts, documentation that each package has. */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, lstatSync, lutimesSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

const DEBIAN = join(import.meta.dirname, 'debian');
const SCRIPTS = ['preinst', 'postinst', 'prerm', 'postrm'];

/**
 * @param {import('./stage.mjs').Stage} stage
 * @param {{ name: string, version: string, epoch: number, architecture: string, maintainer: string }} facts
 * @param {string} directory where the file goes
 * @returns {string} its path
 */
export function makeArchive(stage, facts, directory) {
  addOverrides(stage, facts.name);
  addControl(stage, facts);
  for (const path of everything(stage.directory)) lutimesSync(path, facts.epoch, facts.epoch);
  const file = join(directory, `${facts.name}_${facts.version}_${facts.architecture}.deb`);
  // The owner of all files is root, whoever builds. One thread: how xz cuts its blocks must not depend on the machine.
  execFileSync(
    'dpkg-deb',
    ['--root-owner-group', '-Zxz', '--threads-max=1', '--build', stage.directory, file],
    {
      env: { ...process.env, SOURCE_DATE_EPOCH: String(facts.epoch) },
      stdio: ['ignore', 'ignore', 'inherit'],
    },
  );
  return file;
}

function addOverrides(stage, name) {
  const overrides = join(DEBIAN, `${name}.lintian-overrides`);
  if (existsSync(overrides))
    stage.write(`usr/share/lintian/overrides/${name}`, readFileSync(overrides));
}

function addControl(stage, facts) {
  const size = installedSize(stage.directory);
  const sums = stage.files().map((path) => `${md5(join(stage.directory, path))}  ${path}\n`);
  const template = readFileSync(join(DEBIAN, `${facts.name}.control`), 'utf8');
  const values = { ...facts, size: String(size) };
  stage.write(
    'DEBIAN/control',
    template.replaceAll(/\$\{(\w+)\}/g, (_, key) => values[key] ?? missing(facts.name, key)),
  );
  stage.write('DEBIAN/md5sums', sums.join(''));
  const triggers = join(DEBIAN, `${facts.name}.triggers`);
  if (existsSync(triggers)) stage.write('DEBIAN/triggers', readFileSync(triggers));
  for (const script of SCRIPTS) {
    const file = join(DEBIAN, `${facts.name}.${script}`);
    if (existsSync(file)) stage.write(`DEBIAN/${script}`, readFileSync(file), 0o755);
  }
}

function missing(name, key) {
  throw new Error(`${name}.control: nothing is known of \${${key}}`);
}

/** In KiB, as dpkg-gencontrol counts: regular files rounded up, and one for everything else. */
function installedSize(directory) {
  return everything(directory)
    .map((path) => lstatSync(path))
    .reduce((sum, entry) => sum + (entry.isFile() ? Math.ceil(entry.size / 1024) : 1), 0);
}

/** Contents before the directories that they are in. */
function everything(directory) {
  const inside = readdirSync(directory, { recursive: true }).map(String).sort().reverse();
  return [...inside.map((path) => join(directory, path)), directory];
}

function md5(file) {
  return createHash('md5').update(readFileSync(file)).digest('hex');
}

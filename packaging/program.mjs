/** The files of the package `rootseal`: the program, its units, manual pages, completion scripts, schemas and documentation. */
import { execFileSync } from 'node:child_process';
import { cpSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { toRoff } from '../test/setup/roff.mjs';
import { pageName } from '../test/setup/man.mjs';
import { copyrightFile } from './copyright.mjs';
import { settleLinks } from './links.mjs';
import { nativeModule } from './native.mjs';

const ROOT = join(import.meta.dirname, '..');
/** Where the program is on a machine. What belongs to an image (policy, keys, kernel arguments) lies beside it. */
const PROGRAM = 'usr/lib/rootseal/program';
const DOCUMENTATION = 'usr/share/doc/rootseal';
/** What Node loads of koffi; the rest is its sources, how to build them, and what other module systems load. */
const KOFFI = ['package.json', 'index.cjs', 'src/koffi/index.cjs', 'src/koffi/src/static.cjs'];

/** The program, without the library for programs of others, which find it with npm. */
const PARTS = ['main.js', 'worker.js', 'execa.js', 'fs-extra-esm.js', 'isomorphic-git.js'];

const COMPLETION = {
  bash: 'usr/share/bash-completion/completions/rootseal',
  zsh: 'usr/share/zsh/vendor-completions/_rootseal',
  fish: 'usr/share/fish/vendor_completions.d/rootseal.fish',
};

/**
 * @param {import('./stage.mjs').Stage} stage
 * @param {{ made: string, bundled: readonly string[], architecture: object }} parts `made` is what bin/package.mjs made,
 *   `bundled` the folders of the npm packages in it
 */
export function stageProgram(stage, { made, bundled, architecture }) {
  for (const path of [...PARTS.map((name) => `dist/src/cli/${name}`), 'docs/man', 'completion'])
    stage.copy(join(made, path), `${PROGRAM}/${path}`);
  stage.write(`${PROGRAM}/package.json`, manifest(made));
  // Not `env`: which Node it is does not depend on the environment of a unit.
  const entry = readFileSync(join(made, 'bin/rootseal.js'), 'utf8');
  stage.write(`${PROGRAM}/bin/rootseal.js`, entry.replace(/^#!.*/, '#!/usr/bin/node'), 0o755);
  stage.link('usr/bin/rootseal', '../lib/rootseal/program/bin/rootseal.js');
  const koffi = join(ROOT, 'node_modules/koffi');
  for (const path of KOFFI) stage.copy(join(koffi, path), `${PROGRAM}/node_modules/koffi/${path}`);
  const native = nativeModule(architecture);
  for (const path of native.files)
    stage.copy(join(native.folder, path), `${PROGRAM}/node_modules/${native.name}/${path}`);

  execFileSync('make', [
    '--silent',
    '-C',
    join(ROOT, 'systemd'),
    'install',
    `DESTDIR=${stage.directory}`,
  ]);
  stageManual(stage, (page) => !ofInitramfs(page));
  for (const [shell, path] of Object.entries(COMPLETION))
    stage.write(path, completion(join(made, 'bin/rootseal.js'), shell));
  stage.copy(join(ROOT, 'docs/schema'), 'usr/share/rootseal/schema');
  stageDocumentation(stage);
  const own = readFileSync(join(import.meta.dirname, 'debian/rootseal.copyright'), 'utf8');
  const folders = [...bundled.map((folder) => join(ROOT, folder)), koffi];
  stage.write('usr/share/doc/rootseal/copyright', copyrightFile(own, folders));
}

/** The pages that the package with the boot program has. */
export function ofInitramfs(page) {
  return page.startsWith('rootseal-setup-root');
}

/** @param {(page: string) => boolean} chosen called with names such as `rootseal-commit.1` */
export function stageManual(stage, chosen) {
  const from = join(ROOT, 'docs/man');
  for (const source of readdirSync(from).filter((name) => name.endsWith('.md'))) {
    const page = pageName(source);
    if (!chosen(page)) continue;
    const roff = toRoff(readFileSync(join(from, source), 'utf8'));
    stage.compressed(`usr/share/man/man${page.slice(-1)}/${page}`, roff);
  }
}

/** Without what npm asks for, which depends on the machine. */
function manifest(made) {
  const { name, version, license, type } = JSON.parse(
    readFileSync(join(made, 'package.json'), 'utf8'),
  );
  return `${JSON.stringify({ name, version, license, type }, null, 2)}\n`;
}

function completion(program, shell) {
  return execFileSync(process.execPath, [program, 'completion', shell]);
}

/** As it is in a checkout, without what has a place of its own. */
function stageDocumentation(stage) {
  const target = DOCUMENTATION;
  const elsewhere = [join(ROOT, 'docs/man'), join(ROOT, 'docs/schema')];
  stage.copy(join(ROOT, 'README.md'), `${target}/README.md`);
  cpSync(join(ROOT, 'docs'), stage.path(`${target}/docs`), {
    recursive: true,
    filter: (source) => !elsewhere.includes(source),
  });
  settleLinks(stage.directory, target, placeOfPage);
}

/** Where a file of the checkout is on a machine; manual pages and schemas lie where everybody's do. */
function placeOfPage(path) {
  const [, manual] = /^docs\/man\/(.*)\.md$/.exec(path) ?? [];
  if (manual !== undefined) {
    const page = pageName(`${manual}.md`);
    return `usr/share/man/man${page.slice(-1)}/${page}.gz`;
  }
  if (path.startsWith('docs/schema'))
    return path.replace('docs/schema', 'usr/share/rootseal/schema');
  return join(DOCUMENTATION, path);
}

#!/usr/bin/env node
/**
 * Makes the package that is shipped: `node bin/package.mjs [DIR] [--boot-program FILE] [--bundled LIST]` (default: dist/package), after
 * `npm run build`.
 *
 * The program is bundled into few files, which halves the time it takes to start, and the library into one more; what stays outside
 * is native. DIR runs as it is, on this kind of machine, wherever it is copied to. The same sources give the same bytes.
 * With FILE it also has the boot program, as it was compiled, with its sources and all that installs it. LIST gets the folders of the npm
 * packages that are in the bundle, one a line.
 */
import { build } from 'esbuild';
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';

const root = join(import.meta.dirname, '..');
const { values, positionals } = parseArgs({
  options: { 'boot-program': { type: 'string' }, bundled: { type: 'string' } },
  allowPositionals: true,
});
const target = resolve(positionals[0] ?? join(root, 'dist/package'));
/** The packages with native code, as installed for this machine; their sources and manuals are not needed. */
const NATIVE = ['koffi', '@koromix'];
const NOT_NEEDED = /\/koffi\/(?:doc|vendor|lib)$|\.(?:d\.ts|cc|hh|S|asm)$/;

if (!existsSync(join(root, 'dist/src/cli/main.js'))) {
  console.error('bin/package.mjs: nothing is built: npm run build');
  process.exit(1);
}
/** Large packages that few commands need: files of their own, loaded when they are. */
const APART = ['execa', 'fs-extra/esm', 'isomorphic-git'];
const fileOf = (name) => `${name.replace('/', '-')}.js`;

/** @returns what esbuild tells about the bundle (`inputs`: the files that it took, relative to the checkout) */
async function bundle() {
  const compiled = join(root, 'dist/src');
  const entryPoints = [
    { in: join(compiled, 'cli/main.js'), out: 'main' },
    { in: join(compiled, 'api/index.js'), out: 'library' },
    { in: join(compiled, 'repo/work/worker.js'), out: 'worker' },
    ...APART.map((name) => ({ in: name, out: fileOf(name).slice(0, -'.js'.length) })),
  ];
  const { metafile } = await build({
    metafile: true,
    absWorkingDir: root,
    entryPoints,
    outdir: join(target, 'dist/src/cli'),
    bundle: true,
    minifySyntax: true,
    minifyWhitespace: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    external: ['koffi'],
    plugins: [apart, parserOnly],
    logLevel: 'warning',
    // For bundled CommonJS packages.
    banner: {
      js: 'import{createRequire as makeRequire}from"node:module";const require=makeRequire(import.meta.url);',
    },
  });
  return metafile;
}

/** A package may lie in the folder of another one; the last name counts. */
function bundledPackages({ inputs }) {
  const folders = Object.keys(inputs).map(
    (path) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/.exec(path)?.[0],
  );
  return [...new Set(folders.filter((folder) => folder !== undefined))].sort();
}

const apart = {
  name: 'apart',
  setup({ onResolve }) {
    onResolve({ filter: /^(?:execa|fs-extra\/esm|isomorphic-git)$/ }, ({ path, kind }) =>
      kind === 'dynamic-import' ? { path: `./${fileOf(path)}`, external: true } : undefined,
    );
  },
};

/** Of yargs only the parser of words is used; the rest of its helpers asks for the working directory, which may be gone. */
const parserOnly = {
  name: 'parser-only',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^yargs\/helpers$/ }, ({ path }) => ({ path, namespace: 'parser-only' }));
    onLoad({ filter: /.*/, namespace: 'parser-only' }, () => ({
      resolveDir: root,
      contents: `export { default as Parser } from 'yargs-parser';`,
    }));
  },
};

function copyFiles() {
  for (const path of [
    'bin/rootseal.js',
    'completion',
    'docs/man',
    'LICENSE',
    'README.md',
    'CHANGELOG.md',
  ])
    cpSync(join(root, path), join(target, path), { recursive: true });
  for (const name of NATIVE) {
    cpSync(join(root, 'node_modules', name), join(target, 'node_modules', name), {
      recursive: true,
      filter: (source) => !NOT_NEEDED.test(source),
    });
  }
}

/** The declarations that the library's entry reaches: of everything below, callers see nothing. */
function copyDeclarations() {
  const queue = [LIBRARY_TYPES];
  for (const path of queue) {
    const text = readFileSync(join(root, path), 'utf8');
    mkdirSync(join(target, dirname(path)), { recursive: true });
    writeFileSync(join(target, path), text);
    for (const [, name] of text.matchAll(/\bfrom '(\.[^']+)\.js'/g)) {
      const next = `${join(dirname(path), name)}.d.ts`;
      if (!queue.includes(next)) queue.push(next);
    }
  }
}

const LIBRARY_TYPES = 'dist/src/api/index.d.ts';

/** Sources, what installs it in a tree, and the program itself where `make` finds it and takes it for made. */
function copyBootProgram(program) {
  const parts = ['Makefile', 'install.mk', 'README.md', 'setup-root', 'dracut', 'initramfs-tools'];
  for (const path of [...parts.map((name) => `initramfs/${name}`), 'systemd'])
    cpSync(join(root, path), join(target, path), { recursive: true });
  const prebuilt = join(target, 'initramfs/prebuilt/rootseal-setup-root');
  mkdirSync(dirname(prebuilt));
  cpSync(program, prebuilt);
}

function writeManifest() {
  const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const { name, version, description, license, type, bin, engines, os } = manifest;
  const { koffi } = manifest.dependencies;
  // Native code is of one architecture; npm refuses to install it on another.
  const shipped = {
    name,
    version,
    description,
    license,
    type,
    bin,
    engines,
    os,
    cpu: [process.arch],
  };
  const library = { types: `./${LIBRARY_TYPES}`, default: './dist/src/cli/library.js' };
  const exports = { '.': library, './package.json': './package.json' };
  const native = { dependencies: { koffi }, bundleDependencies: ['koffi'] };
  writeJson(join(target, 'package.json'), { ...shipped, exports, ...native });
}

/** npm runs the scripts of bundled packages, too, and asks its registry for what they might want besides. Both are done. */
function settleNative() {
  const file = join(target, 'node_modules/koffi/package.json');
  const manifest = JSON.parse(readFileSync(file, 'utf8'));
  delete manifest.scripts;
  const isThere = ([name]) => existsSync(join(target, 'node_modules', name));
  const optionalDependencies = Object.fromEntries(
    Object.entries(manifest.optionalDependencies).filter(isThere),
  );
  writeJson(file, { ...manifest, optionalDependencies });
}

function writeJson(file, document) {
  writeFileSync(file, `${JSON.stringify(document, null, 2)}\n`);
}

rmSync(target, { recursive: true, force: true });
mkdirSync(target, { recursive: true });
const metafile = await bundle();
if (values.bundled !== undefined)
  writeFileSync(values.bundled, `${bundledPackages(metafile).join('\n')}\n`);
copyFiles();
copyDeclarations();
const bootProgram = values['boot-program'];
if (bootProgram !== undefined) copyBootProgram(bootProgram);
settleNative();
writeManifest();

#!/usr/bin/env node
/**
 * Makes the package that is shipped: `node bin/package.mjs [DIR]` (default: dist/package), after `npm run build`.
 *
 * The program is bundled into few files, which halves the time it takes to start; what stays outside is native. DIR runs
 * as it is, on this kind of machine, wherever it is copied to. The same sources give the same bytes.
 */
import { build } from 'esbuild';
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const root = join(import.meta.dirname, '..');
const target = resolve(process.argv[2] ?? join(root, 'dist/package'));
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

async function bundle() {
  const compiled = join(root, 'dist/src');
  const entryPoints = [
    { in: join(compiled, 'cli/main.js'), out: 'main' },
    { in: join(compiled, 'repo/work/worker.js'), out: 'worker' },
    ...APART.map((name) => ({ in: name, out: fileOf(name).slice(0, -'.js'.length) })),
  ];
  await build({
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

function writeManifest() {
  const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const { name, version, description, license, type, bin, engines, os } = manifest;
  const { koffi } = manifest.dependencies;
  const shipped = { name, version, description, license, type, bin, engines, os };
  const native = { dependencies: { koffi }, bundleDependencies: ['koffi'] };
  writeFileSync(
    join(target, 'package.json'),
    `${JSON.stringify({ ...shipped, ...native }, null, 2)}\n`,
  );
}

rmSync(target, { recursive: true, force: true });
mkdirSync(target, { recursive: true });
await bundle();
copyFiles();
writeManifest();

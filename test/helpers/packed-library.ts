/** Programs that use the library as it is shipped: compiled against its declarations, and run with it. */
import { execFileSync, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { join } from 'node:path';
import { CHECKOUT } from './boot-program.js';

/** What somebody who is strict has in his tsconfig.json; the declarations of the library are checked, too. */
const STRICT = {
  strict: true,
  exactOptionalPropertyTypes: true,
  noUncheckedIndexedAccess: true,
  skipLibCheck: false,
  target: 'es2022',
  lib: ['es2023'],
  module: 'nodenext',
  types: ['node'],
  outDir: 'out',
  rootDir: '.',
  noEmitOnError: true,
};

/**
 * Compiles programs.
 * @param directory becomes a package of its own, with the library in its `node_modules`
 * @param library directory of the package
 * @param programs texts by names without `.ts`
 * @returns the directory of the compiled programs
 */
export function compileWith(
  directory: string,
  library: string,
  programs: ReadonlyMap<string, string>,
): string {
  fs.mkdirSync(join(directory, 'node_modules'), { recursive: true });
  fs.symlinkSync(library, join(directory, 'node_modules/rootseal'));
  fs.symlinkSync(join(CHECKOUT, 'node_modules/@types'), join(directory, 'node_modules/@types'));
  const writeJson = (name: string, document: object): void => {
    fs.writeFileSync(join(directory, name), JSON.stringify(document));
  };
  writeJson('package.json', { name: 'a-program', private: true, type: 'module' });
  const files = [...programs.keys()].map((name) => `${name}.ts`);
  writeJson('tsconfig.json', { compilerOptions: STRICT, files });
  for (const [name, text] of programs) fs.writeFileSync(join(directory, `${name}.ts`), text);
  const compiler = join(CHECKOUT, 'node_modules/typescript/bin/tsc');
  const { status, stdout } = spawnSync(process.execPath, [compiler, '-p', directory], {
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`tsc ended with status ${String(status)}:\n${stdout}`);
  return join(directory, 'out');
}

/** Runs a compiled program, and returns what it printed on standard output. */
export function runProgram(program: string, cwd: string, ...args: readonly string[]): string {
  return execFileSync(process.execPath, [program, ...args], { cwd, encoding: 'utf8' });
}

/**
 * What depmod(8) writes about a kernel's modules: `modules.dep`, `modules.softdep`, `modules.builtin` (kmod 34, the
 * pages of section 5).
 */
import { FormatError } from '../util/errors.js';

/** A kernel's modules. Names are as the kernel has them: without `.ko`, and with `_` for `-`. */
export interface ModuleIndex {
  /** Path of each module below `/usr/lib/modules/<release>`, as it is stored. */
  readonly paths: ReadonlyMap<string, string>;
  /** Modules that must be loaded before. */
  readonly needs: ReadonlyMap<string, readonly string[]>;
  /** Modules that should be loaded before, where they exist. */
  readonly wants: ReadonlyMap<string, readonly string[]>;
  /** Modules that are part of the kernel image. */
  readonly builtin: ReadonlySet<string>;
}

export interface ModuleFiles {
  readonly dep: string;
  readonly softdep: string;
  readonly builtin: string;
}

const SUFFIX = /\.ko(?:\.(?:gz|xz|zst))?$/;

/** The name by which the kernel knows the module at `path`. */
export function moduleName(path: string): string {
  const file = path.slice(path.lastIndexOf('/') + 1);
  return file.replace(SUFFIX, '').replaceAll('-', '_');
}

/** @throws {FormatError} with the line when a file is not what depmod writes */
export function parseModuleFiles(files: ModuleFiles): ModuleIndex {
  const paths = new Map<string, string>();
  const needs = new Map<string, readonly string[]>();
  for (const [number, line] of lines(files.dep)) {
    const colon = line.indexOf(':');
    const path = line.slice(0, colon);
    if (colon === -1) throw broken('modules.dep', number, 'there is no colon');
    if (!isPath(path)) throw broken('modules.dep', number, 'this is not a path of a module');
    const name = moduleName(path);
    paths.set(name, path);
    needs.set(name, words(line.slice(colon + 1)).map(moduleName));
  }
  const builtin = new Set(lines(files.builtin).map(([, line]) => moduleName(line)));
  return { paths, needs, wants: parseSoftdep(files.softdep), builtin };
}

/** `softdep NAME pre: A B post: C`; what comes after a module is not wanted before it. */
function parseSoftdep(text: string): Map<string, readonly string[]> {
  const wants = new Map<string, readonly string[]>();
  for (const [, line] of lines(text)) {
    const [keyword, name, ...rest] = words(line);
    if (keyword !== 'softdep' || name === undefined) continue;
    const before: string[] = [];
    let isBefore = false;
    for (const word of rest) {
      if (word.endsWith(':')) isBefore = word === 'pre:';
      else if (isBefore) before.push(moduleName(word));
    }
    wants.set(moduleName(name), before);
  }
  return wants;
}

/** No module of any kernel is this far from the first one that it needs. */
const DEPTH_MAX = 64;

/**
 * Which modules to load, each after those it needs.
 *
 * @param names modules that are wanted; those that the kernel image has are left out
 * @returns paths as in `ModuleIndex`
 * @throws {FormatError} when a module needs one that is not there, or itself
 */
export function loadOrder(index: ModuleIndex, names: readonly string[]): string[] {
  const order: string[] = [];
  const state = new Map<string, 'under way' | 'done'>();
  const visit = (name: string, depth: number): void => {
    if (index.builtin.has(name) || state.get(name) === 'done') return;
    const path = index.paths.get(name);
    if (path === undefined) throw new FormatError('modules.dep', `there is no module ${name}`);
    if (state.get(name) === 'under way' || depth > DEPTH_MAX)
      throw new FormatError('modules.dep', `${name} needs itself`);
    state.set(name, 'under way');
    for (const wanted of index.wants.get(name) ?? [])
      if (hasModule(index, wanted) && state.get(wanted) !== 'under way') visit(wanted, depth + 1);
    for (const needed of index.needs.get(name) ?? []) visit(needed, depth + 1);
    state.set(name, 'done');
    order.push(path);
  };
  for (const name of names) visit(moduleName(name), 0);
  return order;
}

/** Whether the kernel has the module, in its image or as a file. */
export function hasModule(index: ModuleIndex, name: string): boolean {
  return index.paths.has(moduleName(name)) || index.builtin.has(moduleName(name));
}

function isPath(path: string): boolean {
  return SUFFIX.test(path) && !path.startsWith('/') && !path.split('/').includes('..');
}

function lines(text: string): (readonly [number: number, line: string])[] {
  return text
    .split('\n')
    .map((line, index) => [index + 1, line.trim()] as const)
    .filter(([, line]) => line !== '' && !line.startsWith('#'));
}

function words(text: string): string[] {
  return text.split(/[ \t]+/).filter((word) => word !== '');
}

function broken(file: string, line: number, message: string): FormatError {
  return new FormatError(file, message, { line });
}

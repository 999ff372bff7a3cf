/** System calls that fail in the middle of a change, as sentences: where, why, and what can be done about it. */
import fs from 'node:fs';
import { codeOfErrno, isNodeError, RootsealError, SyscallError } from '../../util/errors.js';
import { systemErrorWords } from '../../util/system-errors.js';
import type { Sysroot } from '../host/sysroot.js';
import { isEspAction, type Action } from '../plan/world.js';

/** A file system that changes are written to. */
interface Place {
  /** `the ESP` or `the root file system` */
  readonly name: string;
  readonly directory: string;
}

interface Words {
  readonly why: (place: Place) => string;
  /** @param path of what it happened to, where that is known */
  readonly hint?: (place: Place, path: string | undefined) => string | undefined;
}

const FULL: Words = {
  why: ({ name, directory }) => `${name} (${directory}) is full${freeText(directory)}`,
  hint: () =>
    '`rootseal undeploy ID` and `rootseal gc` make room; `rootseal status` lists the deployments',
};
const FORBIDDEN: Words = {
  why: () => 'it is not permitted',
  hint: ({ directory }, path) =>
    `changes need root; \`lsattr -d ${path ?? directory}\` shows whether it was made immutable (chattr +i)`,
};
const TOO_MANY: Words = {
  why: () => 'too many files are open',
  hint: () => '`ulimit -n` says how many a process may open',
};

const inPlace = (what: string): Words => ({
  why: () => `there is ${what} in its place`,
  hint: (_, path) => (path === undefined ? undefined : `move ${path} away`),
});

const WORDS: Readonly<Record<string, Words>> = {
  ENOSPC: FULL,
  EDQUOT: FULL,
  EPERM: FORBIDDEN,
  EACCES: FORBIDDEN,
  EMFILE: TOO_MANY,
  ENFILE: TOO_MANY,
  EISDIR: inPlace('a directory'),
  ELOOP: inPlace('a symbolic link'),
  EROFS: {
    why: ({ name, directory }) => `${name} (${directory}) is mounted read-only`,
    hint: ({ directory }) => `\`mount -o remount,rw ${directory}\` makes it writable`,
  },
  EIO: {
    why: ({ name, directory }) => `${name} (${directory}) has an input/output error`,
    hint: () => 'the kernel log says more: `dmesg`',
  },
};

/** What a step was to do, for a message. */
const DOING: {
  readonly [K in Action['do']]: (action: Extract<Action, { readonly do: K }>) => string;
} = {
  'name-deployment': ({ id }) => `the repository cannot be told that ${id} is deployed`,
  'make-state': ({ deployment }) => `the state of deployment ${deployment.id} cannot be made`,
  'merge-etc': ({ id }) => `/etc of deployment ${id} cannot be made`,
  'install-kernel': ({ hash }) => `kernel ${hash} cannot be copied to the ESP`,
  'set-floor': () => 'the sequence floor cannot be written',
  save: () => 'the record of deployments cannot be written',
  settle: () => 'the record of deployments cannot be written',
  'save-facts': ({ deployment }) => `deployment.json of ${deployment.id} cannot be written`,
  'write-entry': ({ file }) => `boot entry ${file} cannot be written`,
  'rename-entry': ({ file, to }) => `boot entry ${file} cannot be renamed to ${to}`,
  'remove-entry': ({ file }) => `boot entry ${file} cannot be removed`,
  'remove-kernel': ({ name }) => `rootseal/${name} cannot be removed from the ESP`,
  'remove-state': ({ id }) => `the state of deployment ${id} cannot be removed`,
  'forget-deployment': ({ id }) => `the repository cannot be told that ${id} is no longer deployed`,
};

/** What a step was to do and why it could not; what is not a failed system call stays as it is. */
export function explainStep(error: unknown, action: Action, sysroot: Sysroot): unknown {
  const place = isEspAction(action) ? espOf(sysroot) : rootOf(sysroot);
  const what = (DOING[action.do] as (action: Action) => string)(action);
  return explain(error, place, what, { why: () => textOf(error) });
}

/** The same for what is done around the steps. */
export function explainChange(error: unknown, sysroot: Sysroot): unknown {
  const file = pathOf(error) ?? '';
  const esp = file.startsWith(`${sysroot.directory}/state`) ? undefined : espIfKnown(sysroot);
  const isOnEsp = esp !== undefined && file.startsWith(`${esp.directory}/`);
  const what = file === '' ? 'deployments cannot be changed' : `${file} cannot be used`;
  return explain(error, isOnEsp ? esp : rootOf(sysroot), what);
}

/** @param otherwise what is said of errors that have no words of their own; without it these stay as they are */
function explain(error: unknown, place: Place, what: string, otherwise?: Words): unknown {
  const errno = errnoOf(error);
  const words = errno === undefined ? undefined : (WORDS[errno] ?? otherwise);
  if (errno === undefined || words === undefined) return error;
  const path = pathOf(error);
  const where = path === undefined || what.includes(path) ? '' : `: ${path}`;
  const hint = words.hint?.(place, path);
  return new RootsealError(codeOfErrno(errno), `${what}: ${words.why(place)}${where}`, {
    details: { errno, place: place.name, directory: place.directory },
    ...(hint === undefined ? {} : { hint }),
  });
}

/** The words for an error, without path and name. */
function textOf(error: unknown): string {
  return systemErrorWords(error, error instanceof Error ? error.message : '');
}

function errnoOf(error: unknown): string | undefined {
  if (error instanceof SyscallError) return error.errno;
  return isNodeError(error) ? error.code : undefined;
}

function pathOf(error: unknown): string | undefined {
  const path = error instanceof SyscallError ? error.details['subject'] : undefined;
  const named = isNodeError(error) ? error.path : undefined;
  const found = typeof path === 'string' ? path : named;
  return found?.startsWith('/') === true ? found : undefined;
}

function freeText(directory: string): string {
  try {
    const { bavail, bsize } = fs.statfsSync(directory);
    return `: ${bavail * bsize} bytes are free`;
  } catch {
    return '';
  }
}

function espOf(sysroot: Sysroot): Place {
  return { name: 'the ESP', directory: sysroot.boot };
}

function espIfKnown(sysroot: Sysroot): Place | undefined {
  try {
    return espOf(sysroot);
  } catch {
    return undefined;
  }
}

function rootOf(sysroot: Sysroot): Place {
  return { name: 'the root file system', directory: sysroot.directory };
}

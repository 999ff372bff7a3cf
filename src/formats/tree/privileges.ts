/** Files that give more rights than their caller has: setuid, setgid, file capabilities; and what differs between two trees. */
import { ascii, toDisplay, type ByteString } from '../../util/bytes.js';
import { describeCapabilities } from './capabilities.js';
import { inodeOf, type RegularFile, type Tree } from './model.js';
import { walk } from './walk.js';

/** What a file gives to whoever runs it. */
export interface Privileges {
  /** Permission bits in octal: `4755`. */
  readonly mode: string;
  readonly uid: number;
  readonly gid: number;
  /** As getcap(8) prints them: `cap_net_raw=ep`; null when it has none. */
  readonly capabilities: string | null;
}

/** A path whose privileges differ. Null: the file has none there, or is not there. */
export interface PrivilegeChange {
  /** As for people (`toDisplay`). */
  readonly path: string;
  readonly rightsBefore: Privileges | null;
  readonly rightsAfter: Privileges | null;
}

const SETUID = 0o4000;
const SETGID = 0o2000;
const CAPABILITY = ascii('security.capability');

/** Every name of every privileged file; a directory's setgid bit gives nobody anything. */
export function privilegedFiles(tree: Tree): ReadonlyMap<ByteString, Privileges> {
  const found = new Map<ByteString, Privileges>();
  for (const { path, entry } of walk(tree)) {
    const inode = inodeOf(entry);
    const privileges = inode.kind === 'file' ? privilegesOf(inode) : undefined;
    if (privileges !== undefined) found.set(path, privileges);
  }
  return found;
}

function privilegesOf({ mode, uid, gid, xattrs }: RegularFile): Privileges | undefined {
  const capability = xattrs.get(CAPABILITY);
  if ((mode & (SETUID | SETGID)) === 0 && capability === undefined) return undefined;
  return {
    mode: mode.toString(8).padStart(4, '0'),
    uid,
    gid,
    capabilities: capability === undefined ? null : describeCapabilities(capability),
  };
}

/**
 * What differs, in byte order of the paths. A privileged file whose content alone differs is none of it.
 * @param before undefined: everything is new
 */
export function diffPrivileges(before: Tree | undefined, after: Tree): PrivilegeChange[] {
  const old = before === undefined ? new Map<ByteString, Privileges>() : privilegedFiles(before);
  const now = privilegedFiles(after);
  const paths = [...new Set([...old.keys(), ...now.keys()])].sort();
  return paths.flatMap((path) => {
    const change = { rightsBefore: old.get(path) ?? null, rightsAfter: now.get(path) ?? null };
    const isSame = JSON.stringify(change.rightsBefore) === JSON.stringify(change.rightsAfter);
    return isSame ? [] : [{ path: toDisplay(path), ...change }];
  });
}

/** In words, which of its rights a file did not have before: a setuid bit for another user is another right. */
export function rightsGained(before: Privileges | null, after: Privileges | null): string[] {
  const had = rightsOf(before);
  return [...rightsOf(after)]
    .filter(([right, value]) => had.get(right) !== value)
    .map(([right]) => right);
}

/** Each with what makes it another one: whose it is, or what the capabilities are. */
function rightsOf(privileges: Privileges | null): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  if (privileges === null) return found;
  const { mode, uid, gid, capabilities } = privileges;
  const bits = parseInt(mode, 8);
  if ((bits & SETUID) !== 0) found.set('setuid', String(uid));
  if ((bits & SETGID) !== 0) found.set('setgid', String(gid));
  if (capabilities !== null) found.set('capabilities', capabilities);
  return found;
}

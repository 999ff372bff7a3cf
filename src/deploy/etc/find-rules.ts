/**
 * Where the rules of the merge come from (rootseal-etc.d(5)): `rootseal/etc.d/*.conf` of the machine's `/etc` and
 * `/usr/lib/rootseal/etc.d/*.conf` of the new image.
 */
import { parseEtcRules, type EtcRule } from '../../formats/etc-rules.js';
import { SETTINGS_FILE_MAX } from '../../formats/setting-lines.js';
import { inodeOf, sortedNames, type RegularFile, type Tree } from '../../formats/tree/model.js';
import { resolvePath } from '../../formats/tree/resolve.js';
import { lookup } from '../../formats/tree/walk.js';
import type { Repository } from '../../repo/repository.js';
import { ascii, fromText, toDisplay, type ByteString } from '../../util/bytes.js';
import { FormatError } from '../../util/errors.js';
import type { MachineEtc } from './machine.js';

/** Whose word counts first. */
const DIRECTORIES = ['/etc/rootseal/etc.d', '/usr/lib/rootseal/etc.d'];
const FILES_MAX = 256;

/**
 * All rules, in the order of the files' names. A file of the machine takes the place of the image's with the same name; a
 * symbolic link to `/dev/null` takes it away.
 * @param image the whole new image
 * @throws {FormatError} when a file is malformed
 */
export async function readEtcRules(
  repository: Repository,
  machine: MachineEtc,
  image: Tree,
): Promise<EtcRule[]> {
  const children = new Map(image.root.children);
  children.set(ascii('etc'), machine.tree.root);
  const tree: Tree = { root: { ...image.root, children } };
  const rules: EtcRule[] = [];
  for (const path of findFiles(tree)) {
    const entry = lookup(tree, path);
    const own = entry && inodeOf(entry);
    if (own?.kind === 'symlink' && own.target === '/dev/null') continue;
    const file = resolvePath(tree, path);
    const name = toDisplay(path);
    if (file?.kind !== 'file') throw new FormatError(name, 'it is not a file');
    const bytes = await readWhole(repository, machine, { file, name });
    for (const rule of parseEtcRules(bytes, name)) rules.push(rule);
  }
  return rules;
}

function findFiles(tree: Tree): ByteString[] {
  const files = new Map<ByteString, ByteString>();
  for (const directory of DIRECTORIES) {
    const found = resolvePath(tree, fromText(directory));
    if (found?.kind !== 'directory') continue;
    for (const name of sortedNames(found)) {
      if (name.startsWith('.') || !name.endsWith('.conf') || files.has(name)) continue;
      files.set(name, `${directory}/${name}` as ByteString);
    }
  }
  if (files.size > FILES_MAX)
    throw new FormatError('rootseal/etc.d', `${files.size} files, more than ${FILES_MAX}`);
  return [...files].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, path]) => path);
}

async function readWhole(
  repository: Repository,
  machine: MachineEtc,
  { file, name }: { readonly file: RegularFile; readonly name: string },
): Promise<Buffer> {
  if (file.size > SETTINGS_FILE_MAX)
    throw new FormatError(name, `${file.size} bytes, more than ${SETTINGS_FILE_MAX}`);
  const chunks: Buffer[] = [];
  for await (const chunk of machine.content(repository, file)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

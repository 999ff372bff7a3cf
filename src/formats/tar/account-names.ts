/**
 * Which numbers stand behind names of users and groups, by what the archive itself says: its members' owners, which
 * have name and number, and its own account files. The machine that reads it is never asked.
 */
import { ascii, fromBytes, type ByteString } from '../../util/bytes.js';
import { U32_MAX } from '../../util/checks.js';
import { inodeOf, type RegularFile, type Tree } from '../tree/model.js';
import { lookup } from '../tree/walk.js';
import type { FileSink } from './sink.js';
import type { MemberPath } from './tar-tree.js';

/** Longer files are not looked into. */
const ACCOUNTS_SIZE_MAX = 1 << 20;

/** A number; `unknown`: the archive does not say; `ambiguous`: it says what does not agree. */
export type AccountNumber = number | 'unknown' | 'ambiguous';
export type AccountKind = 'user' | 'group';

/** Files whose lines begin with a name, a password and a number. Those below `usr` are nss-altfiles'. */
const KINDS: ReadonlyMap<string, AccountKind> = new Map([
  ['etc/passwd', 'user'],
  ['etc/group', 'group'],
  ['usr/lib/passwd', 'user'],
  ['usr/lib/group', 'group'],
]);

interface AccountFile {
  readonly file: RegularFile;
  readonly chunks: Buffer[];
}

/** What is known of users, or of groups. */
interface Accounts {
  /** Numbers of owners by their names; `ambiguous` when a name has several. */
  readonly owners: Map<ByteString, number | 'ambiguous'>;
  /** A name of each owner, by number. */
  readonly ownerNames: Map<number, ByteString>;
  /** What account files say. */
  readonly filed: Map<ByteString, number | 'ambiguous'>;
}

export class AccountNames {
  private readonly accounts: Readonly<Record<AccountKind, Accounts>> = {
    user: { owners: new Map(), ownerNames: new Map(), filed: new Map() },
    group: { owners: new Map(), ownerNames: new Map(), filed: new Map() },
  };
  /** The last file of each path, with its content. */
  private readonly files = new Map<string, AccountFile>();

  /** An owner or group of a member; an empty name says nothing. */
  noteOwner(kind: AccountKind, name: ByteString, number: number): void {
    if (name === '') return;
    const { owners, ownerNames } = this.accounts[kind];
    note(owners, name, number);
    if (!ownerNames.has(number)) ownerNames.set(number, name);
  }

  /** Keeps the content of account files, which goes on to `sink`. */
  watch({ names }: MemberPath, file: RegularFile, sink: FileSink): FileSink {
    // Most members are not looked at any closer.
    const path = names.length > 3 ? '' : names.join('/');
    if (!KINDS.has(path) || file.size > ACCOUNTS_SIZE_MAX) return sink;
    const chunks: Buffer[] = [];
    this.files.set(path, { file, chunks });
    return {
      write: (chunk) => {
        chunks.push(Buffer.from(chunk));
        return sink.write(chunk);
      },
      finish: () => sink.finish(),
      abort: () => sink.abort(),
    };
  }

  /** Takes over what the account files of the whole tree say. */
  readFiles(tree: Tree): void {
    for (const [path, kind] of KINDS) {
      const entry = lookup(tree, ascii(`/${path}`));
      const known = this.files.get(path);
      if (entry === undefined || inodeOf(entry) !== known?.file) continue;
      for (const [account, number] of parseAccounts(fromBytes(Buffer.concat(known.chunks))))
        note(this.accounts[kind].filed, account, number);
    }
  }

  /**
   * The number of a name. Whoever wrote the archive may have had other accounts than the tree has, which shows when the two
   * do not agree; then the tree's own say nothing about the names in the archive.
   */
  numberOf(kind: AccountKind, name: ByteString): AccountNumber {
    const { owners, ownerNames, filed } = this.accounts[kind];
    const written = owners.get(name);
    const own = filed.get(name);
    if (own === undefined) return written ?? 'unknown';
    if (written !== undefined) return written === own ? written : 'ambiguous';
    const nameOfNumber = own === 'ambiguous' ? undefined : ownerNames.get(own);
    return nameOfNumber === undefined || nameOfNumber === name ? own : 'ambiguous';
  }
}

function note(
  numbers: Map<ByteString, number | 'ambiguous'>,
  name: ByteString,
  number: number,
): void {
  const known = numbers.get(name);
  if (known === undefined) numbers.set(name, number);
  else if (known !== number) numbers.set(name, 'ambiguous');
}

/** Names and numbers of passwd(5) or group(5). Of two lines with the same name the first counts. */
function parseAccounts(text: ByteString): Map<ByteString, number> {
  const accounts = new Map<ByteString, number>();
  for (const line of text.split('\n')) {
    const [name, , digits] = line.split(':') as ByteString[];
    if (name === undefined || digits === undefined || !/^[0-9]{1,10}$/.test(digits)) continue;
    const number = Number.parseInt(digits, 10);
    if (number < U32_MAX && !accounts.has(name)) accounts.set(name, number);
  }
  return accounts;
}

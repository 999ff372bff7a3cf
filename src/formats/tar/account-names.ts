/**
 * Which numbers stand behind names of users and groups, by what the archive itself says: its members' owners, which
 * have name and number, and its own `etc/passwd` and `etc/group`. The machine that reads it is never asked.
 */
import { ascii, fromBytes, type ByteString } from '../../util/bytes.js';
import { U32_MAX } from '../../util/checks.js';
import { inodeOf, type Directory, type RegularFile } from '../tree/model.js';
import type { FileSink } from './sink.js';
import type { MemberPath } from './tree.js';

/** Longer files are not looked into. */
const ACCOUNTS_SIZE_MAX = 1 << 20;

/** A number; `unknown`: the archive does not say; `ambiguous`: it says several. */
export type AccountNumber = number | 'unknown' | 'ambiguous';
export type AccountKind = 'user' | 'group';

/** Files below `etc` whose lines begin with a name, a password and a number. */
const KINDS: ReadonlyMap<ByteString, AccountKind> = new Map([
  [ascii('passwd'), 'user'],
  [ascii('group'), 'group'],
]);

interface AccountFile {
  readonly file: RegularFile;
  readonly chunks: Buffer[];
}

export class AccountNames {
  private readonly numbers: Readonly<Record<AccountKind, Map<ByteString, AccountNumber>>> = {
    user: new Map(),
    group: new Map(),
  };
  /** The last file of each name, with its content. */
  private readonly files = new Map<ByteString, AccountFile>();

  /** An owner or group of a member; an empty name says nothing. */
  note(kind: AccountKind, name: ByteString, number: number): void {
    if (name === '') return;
    const numbers = this.numbers[kind];
    const known = numbers.get(name);
    if (known === undefined) numbers.set(name, number);
    else if (known !== number) numbers.set(name, 'ambiguous');
  }

  /** Keeps the content of `etc/passwd` and `etc/group`, which goes on to `sink`. */
  watch(path: MemberPath, file: RegularFile, sink: FileSink): FileSink {
    const [directory, name, ...others] = path.names;
    const isAccounts = directory === 'etc' && name !== undefined && KINDS.has(name);
    if (!isAccounts || others.length > 0 || file.size > ACCOUNTS_SIZE_MAX) return sink;
    const chunks: Buffer[] = [];
    this.files.set(name, { file, chunks });
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
  readFiles(root: Directory): void {
    const etc = root.children.get(ascii('etc'));
    if (etc?.kind !== 'directory') return;
    for (const [name, kind] of KINDS) {
      const entry = etc.children.get(name);
      const known = this.files.get(name);
      if (entry === undefined || inodeOf(entry) !== known?.file) continue;
      for (const [account, number] of parseAccounts(fromBytes(Buffer.concat(known.chunks))))
        this.note(kind, account, number);
    }
  }

  numberOf(kind: AccountKind, name: ByteString): AccountNumber {
    return this.numbers[kind].get(name) ?? 'unknown';
  }
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

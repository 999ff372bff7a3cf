/**
 * Access control lists as text: acl_to_text(3) of libacl, which GNU tar writes, and the forms of star and libarchive,
 * which add the number of a user or group as a fourth field.
 *
 *     user::rw-                    of the owner; `u` and `user` are the same
 *     user:1234:rwx  #effective:r--
 *     user:alice:r--:1000          star, libarchive
 *     mask::r--  mask:r--          the second is Solaris's
 *     default:user::rwx  d:u::rwx  defaultuser::rwx
 *                                  of the default list, whatever list the text is said to be
 *
 * Entries are separated by line feeds or commas. `#` begins a comment.
 */
import type { ByteString } from '../../util/bytes.js';
import { U32_MAX } from '../../util/checks.js';
import type { Acl, AclEntry, AclSubject } from './acl.js';

/** An entry whose user or group may be given by name alone. */
export interface AclTextEntry extends AclEntry {
  /** Set where a named entry has no number: `id` is then undefined. */
  readonly name: ByteString | undefined;
  /** Whether it says that it is of the default list. */
  readonly isDefault: boolean;
}

type BareEntry = Omit<AclTextEntry, 'isDefault'>;

const SUBJECTS: ReadonlyMap<string, readonly [unnamed: AclSubject, named: AclSubject | undefined]> =
  new Map([
    ['u', ['owner', 'user']],
    ['user', ['owner', 'user']],
    ['g', ['owningGroup', 'group']],
    ['group', ['owningGroup', 'group']],
    ['m', ['mask', undefined]],
    ['mask', ['mask', undefined]],
    ['o', ['other', undefined]],
    ['other', ['other', undefined]],
  ]);
/** With its own field, or before the word as Solaris writes it. */
const DEFAULT_PREFIX = /^(?:(?:d|default)\s*:\s*|default(?=\w))/;
const BITS: Readonly<Record<string, number>> = { r: 4, w: 2, x: 1, '-': 0 };
/** 2^32 - 1 means none. */
const ID_MAX = U32_MAX - 1;

/**
 * The entries of a text, in their order.
 *
 * @param refuse hears what is wrong with the first that is not an entry
 */
export function parseAclText(text: ByteString, refuse: (message: string) => never): AclTextEntry[] {
  const entries: AclTextEntry[] = [];
  for (const line of text.split(/[\n,]/)) {
    const entry = line.replace(/#.*/s, '').trim();
    if (entry === '') continue;
    const bare = entry.replace(DEFAULT_PREFIX, '');
    const parsed =
      parseEntry(bare) ??
      refuse(`${JSON.stringify(entry.slice(0, 100))} is not an entry of an access list`);
    entries.push({ ...parsed, isDefault: bare !== entry });
  }
  return entries;
}

/** `user::rw-,user:1234:r--:1234,…`: libacl takes the second field for the number, star and libarchive the fourth. */
export function formatAclText(acl: Acl): string {
  return acl
    .map(({ subject, id, permissions }) => {
      const word = WORDS[subject];
      const rights = formatPermissions(permissions);
      return id === undefined ? `${word}::${rights}` : `${word}:${id}:${rights}:${id}`;
    })
    .join(',');
}

const WORDS: Readonly<Record<AclSubject, string>> = {
  owner: 'user',
  user: 'user',
  owningGroup: 'group',
  group: 'group',
  mask: 'mask',
  other: 'other',
};

function parseEntry(text: string): BareEntry | undefined {
  const [word = '', ...fields] = text.split(':').map((field) => field.trim());
  const subjects = SUBJECTS.get(word);
  if (subjects === undefined || fields.length > 3) return undefined;
  const [unnamed, named] = subjects;
  // Solaris leaves out the empty qualifier of `mask` and `other`.
  if (named === undefined && fields.length === 1) fields.unshift('');
  const [qualifier, rights, number = ''] = fields;
  const permissions = parsePermissions(rights ?? '');
  if (qualifier === undefined || permissions === undefined) return undefined;
  if (qualifier !== '') return namedEntry(named, permissions, { qualifier, number });
  return number === ''
    ? { subject: unnamed, id: undefined, name: undefined, permissions }
    : undefined;
}

/** The number at the end counts; without it the qualifier is a number or a name. */
function namedEntry(
  subject: AclSubject | undefined,
  permissions: number,
  { qualifier, number }: { readonly qualifier: string; readonly number: string },
): BareEntry | undefined {
  if (subject === undefined) return undefined;
  const name = unquote(qualifier);
  const digits = number === '' ? name : number;
  const id = parseId(digits);
  if (id !== undefined) return { subject, id, name: undefined, permissions };
  const isName = number === '' && !/^[0-9]+$/.test(name);
  return isName ? { subject, id, name, permissions } : undefined;
}

function parseId(text: string): number | undefined {
  if (!/^[0-9]{1,10}$/.test(text)) return undefined;
  const id = Number.parseInt(text, 10);
  return id <= ID_MAX ? id : undefined;
}

/** libacl writes what would end a name as `\ooo`. */
function unquote(name: string): ByteString {
  return name.replace(/\\([0-3][0-7]{2})/g, (_, octal: string) =>
    String.fromCharCode(Number.parseInt(octal, 8)),
  ) as ByteString;
}

function parsePermissions(text: string): number | undefined {
  if (text.length > 3 || text === '') return undefined;
  let permissions = 0;
  for (const letter of text) {
    const bit = BITS[letter];
    if (bit === undefined) return undefined;
    permissions |= bit;
  }
  return permissions;
}

function formatPermissions(permissions: number): string {
  return ['r', 'w', 'x']
    .map((letter, index) => (permissions & (4 >> index) ? letter : '-'))
    .join('');
}

/**
 * What the value of an option or an argument can be. The word is what an option declares (`takes`), and what stands for its value in
 * usage, manual pages and errors; completion offers what belongs to it.
 */

/** What can be offered for a value. `names` are asked from the program at each TAB (`completion names`). */
export interface Offers {
  readonly names?: NameKind;
  /** Those of the manual. */
  readonly pages?: true;
  readonly files?: 'any' | 'directories';
  /** Each may stand before the name of a file. */
  readonly prefixes?: readonly string[];
}

export const NAME_KINDS = [
  'revision',
  'branch',
  'tag',
  'remote',
  'remote-branch',
  'branch-of-remote',
  'deployment',
  'lint-rule',
] as const;
export type NameKind = (typeof NAME_KINDS)[number];

const SOURCES = ['tar:', 'dump:', 'image:'];

export const VALUES = {
  ARGUMENT: {},
  BRANCH: { names: 'branch' },
  COMMAND: {},
  DEPLOYMENT: { names: 'deployment' },
  DIR: { files: 'directories' },
  FILE: { files: 'any' },
  GUID: {},
  'IMAGE|TREE': { files: 'any', prefixes: SOURCES },
  'KEY=VALUE': {},
  SHA256: {},
  MODULE: {},
  N: {},
  NAME: {},
  'NAME|FILE': { files: 'any' },
  OBJECT: {},
  PATH: {},
  RELEASE: {},
  REMOTE: { names: 'remote' },
  'REMOTE BRANCH': { names: 'branch-of-remote' },
  'REMOTE/BRANCH': { names: 'remote-branch' },
  REV: { names: 'revision' },
  'REV..REV': { names: 'revision' },
  'REV|DIR': { names: 'revision', files: 'directories' },
  'REV|FILE': { names: 'revision', files: 'any' },
  RULE: { names: 'lint-rule' },
  SIZE: {},
  TAG: { names: 'tag' },
  TEXT: {},
  TIME: {},
  TOPIC: { pages: true },
  TREE: { files: 'directories', prefixes: SOURCES },
  URI: {},
  URL: { files: 'directories' },
  VERSION: {},
} as const satisfies Readonly<Record<string, Offers>>;

export type ValueWord = keyof typeof VALUES;

/** What completion offers for a value. */
export function offersOf(word: ValueWord): Offers {
  return VALUES[word];
}

declare module 'yargs' {
  interface Options {
    /** What its value can be: for each that takes one and has no choices. */
    readonly takes?: ValueWord;
  }
  interface PositionalOptions {
    readonly takes?: ValueWord;
  }
}

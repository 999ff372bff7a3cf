/**
 * The policy: which seals are accepted and how the root is put together (docs/formats/policy.md).
 *
 * An unknown section, key or value is an error: a misspelt `threshold` must not disarm it.
 */
import { FormatError } from '../../util/errors.js';
import { commitNameProblem } from '../commit/fields.js';
import { trimBlanks, settingLines } from '../setting-lines.js';
import { NOTE_SIGNATURES_MAX } from './note.js';
import { parseDecimal } from '../decimal.js';

/** What must vouch for an image. */
export type VerifyMode = 'seal' | 'cmdline' | 'none';
/** How `/etc` is made. */
export type EtcMount = 'bind' | 'overlay' | 'transient' | 'none';
/** How `/var` is made. */
export type VarMount = 'bind' | 'transient' | 'none';

/** A policy, with the defaults filled in. */
export interface Policy {
  readonly verify: {
    /** `seal`: a good seal; `cmdline`: the digest on the command line is enough; `none`. */
    readonly mode: VerifyMode;
    /** How many different keys must have signed; from 1 to 32. */
    readonly threshold: number;
    /** Only seals with this name. */
    readonly name?: string;
    /** Smallest accepted sequence. */
    readonly minSequence: number;
  };
  /** Whether a writable overlay that is forgotten at shutdown lies over `/`. */
  readonly root: { readonly transient: boolean };
  readonly etc: { readonly mount: EtcMount };
  readonly var: { readonly mount: VarMount };
}

/** What holds where a policy says nothing, and where there is no policy. */
export const DEFAULT_POLICY: Policy = {
  verify: { mode: 'seal', threshold: 1, minSequence: 0 },
  root: { transient: false },
  etc: { mount: 'bind' },
  var: { mount: 'bind' },
};

const FORMAT = 'policy';
const VERIFY_MODES: readonly VerifyMode[] = ['seal', 'cmdline', 'none'];
const ETC_MOUNTS: readonly EtcMount[] = ['bind', 'overlay', 'transient', 'none'];
const VAR_MOUNTS: readonly VarMount[] = ['bind', 'transient', 'none'];

/** Takes a value into the policy; returns nothing when the value is not allowed. */
type Setter = (policy: Policy, value: string) => Policy | undefined;

/** Every section and key there is. */
const SETTERS: Readonly<Record<string, Readonly<Record<string, Setter>>>> = {
  verify: {
    mode: (policy, value) => {
      const mode = oneOf(VERIFY_MODES, value);
      return mode && { ...policy, verify: { ...policy.verify, mode } };
    },
    threshold: (policy, value) => {
      const threshold = parseDecimal(value);
      if (threshold === undefined || threshold < 1 || threshold > NOTE_SIGNATURES_MAX)
        return undefined;
      return { ...policy, verify: { ...policy.verify, threshold } };
    },
    name: (policy, value) =>
      commitNameProblem(value) === undefined
        ? { ...policy, verify: { ...policy.verify, name: value } }
        : undefined,
    'min-sequence': (policy, value) => {
      const minSequence = parseDecimal(value);
      if (minSequence === undefined) return undefined;
      return { ...policy, verify: { ...policy.verify, minSequence } };
    },
  },
  root: {
    transient: (policy, value) =>
      value === 'yes' || value === 'no'
        ? { ...policy, root: { transient: value === 'yes' } }
        : undefined,
  },
  etc: {
    mount: (policy, value) => {
      const mount = oneOf(ETC_MOUNTS, value);
      return mount && { ...policy, etc: { mount } };
    },
  },
  var: {
    mount: (policy, value) => {
      const mount = oneOf(VAR_MOUNTS, value);
      return mount && { ...policy, var: { mount } };
    },
  },
};

/**
 * Parses a policy.
 *
 * @throws {FormatError} naming the line with an unknown or repeated section or key, or a value that is not allowed;
 * and for a file without a section
 */
export function parsePolicy(bytes: Uint8Array): Policy {
  let policy = DEFAULT_POLICY;
  let section: string | undefined;
  const seen = new Set<string>();
  for (const { number: line, text } of settingLines(bytes, FORMAT)) {
    if (!/^[\x20-\x7e\t]*$/.test(text))
      throw new FormatError(FORMAT, 'only comments may contain characters beyond ASCII', { line });
    if (text.startsWith('[')) {
      section = parseSection(text, line);
      once(seen, section, line);
      continue;
    }
    const [key, value] = parseAssignment(text, line);
    if (section === undefined)
      throw new FormatError(FORMAT, 'a key stands before the first section', { line });
    once(seen, `${section} ${key}`, line);
    policy = assign(policy, { section, key, value, line });
  }
  // Nobody writes such a file on purpose; one that was emptied must not be the loosest policy of all.
  if (section === undefined) throw new FormatError(FORMAT, 'the file is empty: it has no section');
  return policy;
}

function oneOf<T extends string>(allowed: readonly T[], value: string): T | undefined {
  return allowed.find((item) => item === value);
}

function parseSection(text: string, line: number): string {
  const section = text.slice(1, -1);
  if (!text.endsWith(']') || !Object.hasOwn(SETTERS, section))
    throw new FormatError(FORMAT, `unknown section ${quote(text)}`, { line });
  return section;
}

function parseAssignment(text: string, line: number): readonly [key: string, value: string] {
  const equals = text.indexOf('=');
  if (equals < 0)
    throw new FormatError(FORMAT, `expected key=value, found ${quote(text)}`, { line });
  return [trimBlanks(text.slice(0, equals)), trimBlanks(text.slice(equals + 1))];
}

function once(seen: Set<string>, what: string, line: number): void {
  if (seen.has(what)) throw new FormatError(FORMAT, `${quote(what)} stands there twice`, { line });
  seen.add(what);
}

interface Assignment {
  readonly section: string;
  readonly key: string;
  readonly value: string;
  readonly line: number;
}

function assign(policy: Policy, { section, key, value, line }: Assignment): Policy {
  const setters = SETTERS[section] ?? {};
  const setter = Object.hasOwn(setters, key) ? setters[key] : undefined;
  if (setter === undefined)
    throw new FormatError(FORMAT, `unknown key ${quote(key)} in section ${quote(section)}`, {
      line,
    });
  const changed = setter(policy, value);
  if (changed === undefined)
    throw new FormatError(FORMAT, `${quote(value)} is not a value for ${quote(key)}`, { line });
  return changed;
}

function quote(text: string): string {
  return JSON.stringify(text.slice(0, 100));
}

/**
 * What is decided about trust manifests, by the TypeScript implementation, and about command lines where there is one, by a grammar written
 * down another way than the boot program's code: as its test programs print it.
 */
import assert from 'node:assert/strict';
import { decodeTrustManifest, type TrustFile } from '../../src/formats/seal/trust-manifest.js';
import { FormatError } from '../../src/util/errors.js';

/** Files and bytes of each kind, or that it is refused. */
export function manifestVerdict(bytes: Uint8Array): string {
  try {
    const { commandLine, policy, keys, revocations } = decodeTrustManifest(bytes);
    const kinds = [policy === undefined ? [] : [policy], keys, revocations];
    return ['MANIFEST_ACCEPTED', commandLine.length, ...kinds.map(amount)].join(' ');
  } catch (error) {
    assert.ok(error instanceof FormatError);
    return 'MANIFEST_INVALID';
  }
}

function amount(files: readonly TrustFile[]): string {
  return `${files.length}/${files.reduce((sum, { content }) => sum + content.length, 0)}`;
}

/** Words behind the signed ones (docs/formats/boot.md, "Trust manifest"). */
const CONSOLES =
  /^(?: +(?:console=[A-Za-z]{1,8}[0-9]{1,3}(?:,[0-9]{1,7}(?:[noe](?:[5-8]r?)?)?)?(?= |$)|(?= |$)))*$/;

/** The code of the comparison of a command line with the one that was signed. */
export function exactVerdict({
  line,
  signed,
}: {
  readonly line: Buffer;
  readonly signed: Buffer;
}): string {
  const text = line.toString('latin1').replace(/\n$/, '');
  const start = signed.toString('latin1');
  const rest = text.slice(start.length);
  if (!text.startsWith(start) || (rest !== '' && !rest.startsWith(' '))) return 'CMDLINE_CHANGED';
  return CONSOLES.test(rest) ? 'CMDLINE_ACCEPTED' : 'CMDLINE_EXTRA';
}

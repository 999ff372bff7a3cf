/** Makes the unified kernel image of a commit. */
import type { KeyObject } from 'node:crypto';
import { readPe } from '../../formats/pe/read-pe.js';
import { encodeUki, joinInitrds, sectionsOf, type UkiParts } from '../../formats/uki/encode-uki.js';
import { encodePcrPublicKey, encodePcrSignatures } from '../../formats/uki/pcr-signature.js';
import { architectureOfPe } from '../../formats/uki/stub.js';
import { parseNamedFile } from '../../release/named-file.js';
import { readWholeContent, type Revision } from '../../repo/read-tree.js';
import type { Repository } from '../../repo/repository.js';
import { RootsealError } from '../../util/errors.js';
import { expectedUki, stubPath, type ExpectedUki } from './expected-uki.js';

export interface UkiRequest {
  /** In place of the image's own stub. */
  readonly stub?: Buffer | undefined;
  /** Signs what PCR 11 will be, so that a TPM can give a secret to this image. */
  readonly pcrKey?: KeyObject | undefined;
  /** For which phases of a boot, as `pcr11` takes them. */
  readonly pcrPhases: readonly string[];
  readonly signal?: AbortSignal | undefined;
}

/**
 * Not signed. The same commit and request give the same bytes.
 * @throws {RootsealError} as `expectedUki` and `encodeUki`; PATH_NOT_FOUND when the image has no stub and none is given
 */
export async function buildUki(
  repository: Repository,
  revision: Pick<Revision, 'commit' | 'tree'>,
  { stub: given, pcrKey, pcrPhases, signal }: UkiRequest,
): Promise<Buffer> {
  const expected = await expectedUki(repository, revision);
  const stub = given ?? (await readStub(repository, expected, signal));
  requireArchitecture(stub, expected);
  const parts: UkiParts = {
    stub,
    osrel: expected.osrel,
    cmdline: expected.commandLine,
    uname: expected.release,
    linux: checkedPe(
      `kernel ${expected.release}`,
      await readWholeContent(repository, expected.linux, signal),
    ),
    initrd: joinInitrds([
      await readWholeContent(repository, expected.initrd, signal),
      expected.trust,
    ]),
  };
  if (pcrKey === undefined) return encodeUki(parts);
  const withKey = { ...parts, pcrpkey: encodePcrPublicKey(pcrKey) };
  const pcrsig = encodePcrSignatures(sectionsOf(withKey), pcrKey, pcrPhases);
  return encodeUki({ ...withKey, pcrsig });
}

async function readStub(
  repository: Repository,
  { stub, architecture }: ExpectedUki,
  signal: AbortSignal | undefined,
): Promise<Buffer> {
  const path = stubPath(architecture);
  if (stub !== undefined) return checkedPe(path, await readWholeContent(repository, stub, signal));
  throw new RootsealError('PATH_NOT_FOUND', `the tree has no stub: ${path} is missing`, {
    details: { path },
    hint: 'install the package systemd-boot-efi in the tree, or name a stub with --stub FILE',
  });
}

/** @param name for errors. @throws {RootsealError} FORMAT_INVALID when it is not a PE32+ file */
function checkedPe(name: string, bytes: Buffer): Buffer {
  parseNamedFile(name, () => readPe(bytes));
  return bytes;
}

function requireArchitecture(stub: Buffer, { architecture }: ExpectedUki): void {
  const found = architectureOfPe(readPe(stub));
  if (found === architecture) return;
  throw new RootsealError(
    'UNSUPPORTED',
    `the stub is for ${found}, and the image for ${architecture}`,
  );
}

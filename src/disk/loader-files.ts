/** The boot loader on the ESP; with keys of Secure Boot signed by them, and with the files by which it enrols them. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { verifySignature } from '../formats/authenticode/verify-pe.js';
import { LOADER_CONF, LOADER_CONF_ENROLL } from '../formats/deployment/boot-entry.js';
import type { EfiArchitecture } from '../formats/gpt/identifiers.js';
import type { RegularFile } from '../formats/tree/model.js';
import { readEnrollFiles } from '../release/secure-boot/enroll-files.js';
import { readKeyCertificate } from '../release/secure-boot/key-directory.js';
import { readRsaKey } from '../release/secure-boot/certificate-files.js';
import { signFile } from '../release/secure-boot/sign-file.js';
import { readWholeContent } from '../repo/read-tree.js';
import type { Repository } from '../repo/repository.js';
import { FormatError, RootsealError } from '../util/errors.js';
import type { EspFile } from './make-esp.js';

/** Where systemd-boot looks for keys that it may enrol by itself (systemd 257, `secure-boot.c`). */
const AUTO = 'loader/keys/auto';

export interface SecureBootKeys {
  /** Directory with PK, KEK and db. */
  readonly keys: string;
  readonly passphraseFile: string | undefined;
}

/** @param secureBoot undefined for a boot loader as the tree has it */
export async function loaderFiles(
  repository: Repository,
  loader: RegularFile,
  architecture: EfiArchitecture,
  secureBoot: SecureBootKeys | undefined,
): Promise<EspFile[]> {
  const isSigned = secureBoot !== undefined;
  const program = isSigned
    ? await signedLoader(await readWholeContent(repository, loader), secureBoot)
    : loader;
  const enrolled = isSigned ? [...readEnrollFiles(secureBoot.keys)] : [];
  const configuration = `${LOADER_CONF}${isSigned ? LOADER_CONF_ENROLL : ''}`;
  return [
    { path: 'loader/loader.conf', content: Buffer.from(configuration) },
    ...enrolled.map(([name, content]) => ({ path: `${AUTO}/${name}.auth`, content })),
    { path: `EFI/BOOT/BOOT${architecture.toUpperCase()}.EFI`, content: program },
    { path: `EFI/systemd/systemd-boot${architecture}.efi`, content: program },
  ];
}

/** The loader as it is, when db has signed it already: its key may be elsewhere. */
async function signedLoader(
  loader: Buffer,
  { keys, passphraseFile }: SecureBootKeys,
): Promise<Buffer> {
  const certificate = readKeyCertificate(keys, 'db');
  try {
    if (verifySignature(loader, [certificate]) !== undefined) return loader;
  } catch (cause) {
    if (!(cause instanceof FormatError)) throw cause;
    throw new RootsealError('FORMAT_INVALID', 'the boot loader of the tree cannot be signed', {
      cause,
    });
  }
  const file = path.join(keys, 'db.key');
  if (!existsSync(file))
    throw new RootsealError('PATH_NOT_FOUND', `${file}: no such file`, {
      details: { path: file },
      hint: 'a tree whose boot loader is signed by db already needs no key: `rootseal secure-boot sign`',
    });
  const key = readRsaKey(file, certificate, passphraseFile);
  const signer = { certificate, source: { kind: 'key', key } } as const;
  const signed = await signFile(loader, signer, 'systemd-boot');
  if (signed === undefined) throw new RangeError('a key signs, and writes no requests');
  return signed;
}

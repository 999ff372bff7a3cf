/**
 * Programs for the firmware as anybody can make them, who has all tools: images and addons with whatever is in them, signed with
 * whatever key. That the bytes are those of ukify and sbsign is for the tests of these formats to say, and for the firmware, which
 * believes only what is right.
 */
import assert from 'node:assert/strict';
import { sign } from 'node:crypto';
import fs from 'node:fs';
import { join } from 'node:path';
import { attachSignature, signRequest } from '../../../src/formats/authenticode/sign-pe.js';
import { addSections } from '../../../src/formats/pe/add-sections.js';
import { encodeUki } from '../../../src/formats/uki/encode-uki.js';
import { readPe, sectionContent } from '../../../src/formats/pe/read-pe.js';
import { parseCertificate } from '../../../src/formats/x509/certificate.js';
import type { KeyName, Owner } from './owner.js';
import type { SealedUki } from './sealed-uki.js';

/** IMAGE_SCN_CNT_INITIALIZED_DATA and IMAGE_SCN_MEM_READ. */
const DATA = 0x40000040;

/** What the owner signed. */
export function goodUki({ uki }: SealedUki): Buffer {
  return fs.readFileSync(uki);
}

/** The same without the signature, or for a kernel that calls itself otherwise. */
export function unsignedUki(made: SealedUki, uname = made.release): Buffer {
  const initrd = sectionContent(readPe(goodUki(made)), '.initrd');
  assert.ok(initrd);
  return encodeUki({
    stub: fs.readFileSync(join(made.boot, 'linuxx64.efi.stub')),
    osrel: fs.readFileSync(made.osRelease),
    cmdline: made.commandLine,
    uname,
    linux: fs.readFileSync(made.kernel),
    initrd,
  });
}

/** An addon for any image, with these sections; not signed. */
export function addonOf(
  { boot }: Pick<SealedUki, 'boot'>,
  sections: Readonly<Record<string, Uint8Array>>,
): Buffer {
  const stub = fs.readFileSync(join(boot, 'addonx64.efi.stub'));
  const added = Object.entries(sections).map(([name, content]) => ({
    name,
    content,
    characteristics: DATA,
  }));
  return addSections(stub, added, { nxCompat: true });
}

/** systemd-boot as the owner signs it. */
export function bootLoaderOf(made: SealedUki): Buffer {
  return signed(fs.readFileSync(join(made.boot, 'systemd-bootx64.efi')), made.owner, 'db');
}

/** Signs a program. */
export function signed(bytes: Buffer, owner: Owner, name: KeyName): Buffer {
  const key = fs.readFileSync(owner.keyFile(name), 'utf8');
  const signature = sign('sha256', signRequest(bytes), key);
  return attachSignature(bytes, parseCertificate(owner.certificate(name)), signature);
}

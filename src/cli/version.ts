/** `rootseal --version`: the version and the formats it speaks. Kept free of heavy imports: it is asked often. */
import { readFileSync } from 'node:fs';
import { packageRoot } from './package-root.js';

/** What it speaks: versions of formats, and hashes. */
const IMAGE_FORMATS = [0, 1] as const;
const HASHES = ['sha256', 'sha512'] as const;

export function versionText(): string {
  return [
    `rootseal ${releaseOfProgram()}`,
    `composefs image formats: ${IMAGE_FORMATS.join(', ')} (default)`,
    `fs-verity: ${HASHES.join(', ')} (4096-byte blocks)`,
    'repository: 1; commit: 1; seal: v1 (Ed25519 signed notes)',
    '',
  ].join('\n');
}

/** docs/schema/version.json */
export function versionDocument() {
  return {
    release: releaseOfProgram(),
    imageFormats: IMAGE_FORMATS,
    hashes: HASHES,
    repositoryFormats: [1],
    commitFormats: [1],
    sealFormats: [1],
  };
}

/** The version of the program. */
export function releaseOfProgram(): string {
  const manifest = JSON.parse(readFileSync(new URL('package.json', packageRoot()), 'utf8')) as {
    version: string;
  };
  return manifest.version;
}

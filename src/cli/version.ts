/** `rootseal --version`: the version and the formats it speaks. Kept free of heavy imports: it is asked often. */
import { readFileSync } from 'node:fs';
import { packageRoot } from './package-root.js';

export function versionText(): string {
  const manifest = JSON.parse(readFileSync(new URL('package.json', packageRoot()), 'utf8')) as {
    version: string;
  };
  return [
    `rootseal ${manifest.version}`,
    'composefs image formats: 0, 1 (default)',
    'fs-verity: sha256, sha512 (4096-byte blocks)',
    'repository: 1; commit: 1; seal: v1 (Ed25519 signed notes)',
    '',
  ].join('\n');
}

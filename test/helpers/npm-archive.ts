/** Archives of npm's registry that tests unpack as they are: Node itself, and npm. Their digests are known beforehand. */
import { createHash } from 'node:crypto';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface NpmArchive {
  /** With its version: `npm@10.9.9`. */
  readonly name: string;
  /** In base64. */
  readonly sha512: string;
}

export const NPM: NpmArchive = {
  name: 'npm@10.9.9',
  sha512:
    '1g+6jLQvaIuB4zwvHL7yrXuXcWZwDsCtBX8bbWDqbvJSSr9nPiDDWTHNgwXR27iIcTTW7v3A57hDW9RYv2W4Yg==',
};

/** Fetches one and unpacks it in a directory, which is made. */
export function unpackArchive({ name, sha512 }: NpmArchive, target: string): void {
  const scratch = fs.mkdtempSync(join(tmpdir(), 'rootseal-package-'));
  try {
    const args = ['pack', '--silent', '--pack-destination', scratch, name];
    const [file = ''] = execFileSync('npm', args, { encoding: 'utf8', cwd: scratch })
      .trim()
      .split('\n')
      .slice(-1);
    const archive = join(scratch, file);
    const found = createHash('sha512').update(fs.readFileSync(archive)).digest('base64');
    if (found !== sha512) throw new Error(`${name} has the digest ${found}`);
    fs.mkdirSync(target, { recursive: true });
    execFileSync('tar', ['-xzf', archive, '-C', target, '--strip-components=1', '--no-same-owner']);
  } finally {
    fs.rmSync(scratch, { recursive: true });
  }
}

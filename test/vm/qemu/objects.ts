/** Where things of a sealed image are in the physical root, and an image of another tree. */
import fs from 'node:fs';
import { join } from 'node:path';
import { rootseal, type SealedImage } from './sealed.js';

/** Path of an object or image on the root partition. */
export function objectPath(hex: string): string {
  return `/composefs/objects/${hex.slice(0, 2)}/${hex.slice(2)}`;
}

/** The object of a file of the image: hex. */
export function objectOf(
  { repository }: Pick<SealedImage, 'repository'>,
  path: string,
  rev = 'main',
): string {
  const text = rootseal('ls', rev, path, '--repo', repository, '--json');
  const [row] = (JSON.parse(text) as { entries: { digest: string }[] }).entries;
  if (row === undefined) throw new Error(`the image has no ${path}`);
  return row.digest;
}

let other: string | undefined;

/** A small image of another tree: nothing is wrong with it but that nobody sealed it. */
export function otherImage(): string {
  if (other !== undefined) return other;
  const directory = fs.mkdtempSync('/var/tmp/rootseal-test-');
  fs.mkdirSync(join(directory, 'tree'));
  fs.writeFileSync(join(directory, 'tree/file'), 'not sealed');
  other = join(directory, 'image');
  rootseal('image', 'create', join(directory, 'tree'), other);
  process.on('exit', () => {
    fs.rmSync(directory, { recursive: true, force: true });
  });
  return other;
}

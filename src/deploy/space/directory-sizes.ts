/** Sizes of the files below a directory, for what a copy of it needs. */
import fs from 'node:fs';
import type { Steps } from '../../util/steps.js';

/** Files that are looked at; `/etc` has a few thousand. */
const FILES_MAX = 1_000_000;

/** In bytes, of everything but directories; a directory counts as one block's worth. Links are not followed. */
export function* directorySizes(directory: string): Steps<number[]> {
  const sizes: number[] = [];
  const queue = [directory];
  for (const path of queue) {
    if (sizes.length > FILES_MAX || !fs.existsSync(path)) break;
    sizes.push(1);
    for (const entry of fs.readdirSync(path, { withFileTypes: true })) {
      const child = `${path}/${entry.name}`;
      yield;
      if (entry.isDirectory()) queue.push(child);
      else sizes.push(fs.lstatSync(child, { throwIfNoEntry: false })?.size ?? 0);
    }
  }
  return sizes;
}

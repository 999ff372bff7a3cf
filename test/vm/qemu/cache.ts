/**
 * What takes long to make and is made of the checkout: made once, and kept outside of the checkout for as long as none of its
 * ingredients has changed. Test files run side by side: one of them makes it, and the others wait.
 */
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { tryLock } from '../../../src/linux/lock.js';
import { CACHE } from '../../helpers/cache-folder.js';

const CHECKOUT = fileURLToPath(new URL('../../../../', import.meta.url));
/** Of older sources; a day, because another checkout may use it. */
const UNUSED_MS = 24 * 3600 * 1000;
const LOOK_EVERY_MS = 250;

/**
 * @param ingredients paths in the checkout; what starts with `=` stands for itself
 * @param make fills an empty directory
 * @returns the directory
 */
export function cached(
  name: string,
  ingredients: readonly string[],
  make: (work: string) => void,
): string {
  const place = new Place(name, ingredients);
  // Everything here waits for programs; so does this.
  while (!place.tryLock())
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, LOOK_EVERY_MS);
  try {
    if (place.isMissing()) {
      const work = place.begin();
      make(work);
      place.finish(work);
    }
    return place.use();
  } finally {
    place.unlock();
  }
}

/** The same where making it is not done in one go. */
export async function cachedLater(
  name: string,
  ingredients: readonly string[],
  make: (work: string) => Promise<void>,
): Promise<string> {
  const place = new Place(name, ingredients);
  while (!place.tryLock()) await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  try {
    if (place.isMissing()) {
      const work = place.begin();
      await make(work);
      place.finish(work);
    }
    return place.use();
  } finally {
    place.unlock();
  }
}

/** A directory in the cache, and who may make it. */
class Place {
  private readonly directory: string;
  private readonly lock: number;
  private work: string | undefined;

  constructor(name: string, ingredients: readonly string[]) {
    this.directory = join(CACHE, `vm-${name}-${hashOf(ingredients)}`);
    fs.mkdirSync(CACHE, { recursive: true });
    this.lock = fs.openSync(join(CACHE, `${name}.lock`), 'a');
  }

  tryLock(): boolean {
    return tryLock(this.lock, 'exclusive');
  }

  isMissing(): boolean {
    return !fs.existsSync(this.directory);
  }

  /** An empty directory under another name, so that what is half made is not taken for made. */
  begin(): string {
    removeUnused();
    this.work = fs.mkdtempSync(`${this.directory}.`);
    return this.work;
  }

  finish(work: string): void {
    fs.renameSync(work, this.directory);
    this.work = undefined;
  }

  use(): string {
    fs.utimesSync(this.directory, new Date(), new Date());
    return this.directory;
  }

  unlock(): void {
    if (this.work !== undefined) fs.rmSync(this.work, { recursive: true, force: true });
    fs.closeSync(this.lock);
  }
}

function removeUnused(): void {
  for (const name of fs.readdirSync(CACHE).filter((entry) => entry.startsWith('vm-'))) {
    const path = join(CACHE, name);
    const used = fs.statSync(path, { throwIfNoEntry: false })?.mtimeMs;
    if (used !== undefined && used < Date.now() - UNUSED_MS)
      fs.rmSync(path, { recursive: true, force: true });
  }
}

function hashOf(ingredients: readonly string[]): string {
  const hash = createHash('sha256');
  for (const word of ingredients.filter((name) => name.startsWith('='))) hash.update(`${word}\0`);
  const paths = ingredients.filter((name) => !name.startsWith('='));
  for (const path of paths.map((name) => join(CHECKOUT, name)).flatMap(filesBelow))
    hash.update(`${path.slice(CHECKOUT.length)}\0`).update(fs.readFileSync(path));
  return hash.digest('hex').slice(0, 16);
}

function filesBelow(path: string): string[] {
  if (!fs.statSync(path).isDirectory()) return [path];
  return fs
    .readdirSync(path)
    .filter((name) => name !== 'build' || !path.endsWith('initramfs'))
    .sort()
    .flatMap((name) => filesBelow(join(path, name)));
}

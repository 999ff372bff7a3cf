/** What a run of the bench leaves to the next one, if there has to be one. */
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { join } from 'node:path';

/**
 * Copies of disks that a kernel writes to, and the names in a folder that it shares with its host, for one attempt. Until it
 * is over, the disks are what they were.
 */
export class Attempt {
  readonly disks: readonly string[];
  private readonly originals: readonly string[];
  private readonly exchange: string;
  private readonly names: ReadonlySet<string>;

  constructor(originals: readonly string[], exchange: string) {
    this.originals = originals;
    this.exchange = exchange;
    this.disks = originals.map((file) => `${file}.attempt`);
    for (const [index, file] of originals.entries())
      execFileSync('cp', [...COPY, file, this.disks[index] ?? '']);
    this.names = new Set(fs.readdirSync(exchange));
  }

  /** What was written to the disks stays. */
  keep(): void {
    for (const [index, file] of this.originals.entries())
      fs.renameSync(this.disks[index] ?? '', file);
  }

  /** The disks are as before, and what the attempt put into the folder is gone. Files that it changed there stay so. */
  forget(): void {
    for (const disk of this.disks) fs.rmSync(disk);
    for (const name of fs.readdirSync(this.exchange))
      if (!this.names.has(name)) fs.rmSync(join(this.exchange, name), { recursive: true });
  }
}

/** Disks are large and nearly empty. */
const COPY = ['--sparse=always', '--reflink=auto'];

/** A host in the stages of an upgrade, each a copy that nothing is shared with. */
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { join } from 'node:path';
import { EDIT } from './host-look.js';
import { memory } from './scratch.js';
import { TestSysroot } from './sysroot.js';

export class HostStages {
  readonly scratch: string;
  /** Release 1 runs, and is good. */
  readonly base: TestSysroot;
  /** Commits of releases 1, 2 and 3, each with a kernel of its own. */
  readonly releases: readonly [string, string, string];
  private copies = 0;

  /**
   * In memory, until `remove`.
   * @param files of each release
   * @param prepare adds to the host before its first boot is found good
   */
  constructor(
    files: Readonly<Record<string, string>> = {},
    prepare: (base: TestSysroot) => void = () => undefined,
  ) {
    this.scratch = fs.mkdtempSync(join(memory(), 'rootseal-test-'));
    this.base = TestSysroot.makeIn(join(this.scratch, 'base'));
    const release = (version: string): string =>
      this.base.release(version, { kernel: `kernel ${version}`, files, uki: version === '2' });
    this.releases = [release('1'), release('2'), release('3')];
    this.base.expect(['deploy', this.releases[0]]);
    prepare(this.base);
    fs.writeFileSync(this.base.state('default', join('etc', EDIT.name)), EDIT.content);
    this.base.expect(['bless', 'default']);
  }

  copyOf(host: TestSysroot): TestSysroot {
    const copy = new TestSysroot(join(this.scratch, `host-${this.copies++}`));
    execFileSync('cp', ['-a', host.scratch, copy.scratch]);
    return copy;
  }

  /** A copy after these verbs. */
  after(host: TestSysroot, ...verbs: readonly (readonly string[])[]): TestSysroot {
    const copy = this.copyOf(host);
    for (const verb of verbs) copy.expect(verb);
    return copy;
  }

  remove(): void {
    fs.rmSync(this.scratch, { recursive: true });
  }
}

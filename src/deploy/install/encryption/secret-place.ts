/** A place for secrets that programs read from files: in memory, and seen by no other process. */
import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import {
  createMount,
  moveMount,
  MOUNT_ATTR_NODEV,
  MOUNT_ATTR_NOSUID,
  unmount,
} from '../../../linux/mount-api.js';
import { ascii, fromText } from '../../../util/bytes.js';
import type { UndoSteps } from '../undo-steps.js';

/** Bits of entropy are its strength: nobody types it. */
const KEY_SIZE = 64;

export class SecretPlace {
  private readonly directory: string;

  private constructor(directory: string) {
    this.directory = directory;
  }

  /** The process has a mount namespace of its own. */
  static make(undo: UndoSteps): SecretPlace {
    const directory = fs.realpathSync(fs.mkdtempSync(path.join(tmpdir(), 'rootseal-secret-')));
    undo.add(() => {
      fs.rmdirSync(directory);
    });
    const mount = createMount({
      type: 'tmpfs',
      options: [
        ['mode', ascii('0700')],
        ['size', ascii('1m')],
      ],
      attributes: MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV,
    });
    try {
      moveMount(mount, fromText(directory));
    } finally {
      fs.closeSync(mount);
    }
    undo.add(() => {
      unmount(fromText(directory));
    });
    return new SecretPlace(directory);
  }

  /** A file with a fresh key. */
  key(): string {
    return this.file('key', randomBytes(KEY_SIZE));
  }

  file(name: string, content: Uint8Array): string {
    const file = `${this.directory}/${name}`;
    fs.writeFileSync(file, content, { flag: 'wx', mode: 0o600 });
    return file;
  }
}

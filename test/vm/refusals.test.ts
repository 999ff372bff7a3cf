/**
 * Every way to start something else than what was sealed, each refused with its own line on the console. The disks are changed
 * offline, the initramfs by a further archive behind it.
 */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { scratchDirectory } from '../helpers/scratch.js';
import { DiskEdit } from './qemu/disk-edit.js';
import { POLICY, REVOKED, withFiles } from './qemu/initrd.js';
import { CONSOLE } from './qemu/kernel-arguments.js';
import { Machine } from './qemu/machine.js';
import { objectOf, objectPath, otherImage } from './qemu/objects.js';
import { lacksForMachines } from './qemu/programs.js';
import { rootseal, tiny, SEQUENCE, type Signer, type SealedImage } from './qemu/sealed.js';

const OTHER = `v1-sha256-12:${'0'.repeat(64)}`;

/** What is different from the machine that starts. */
interface Change {
  /** In place of `composefs.digest=<the image>`. */
  readonly words?: string;
  /** Files of the initramfs, by path. */
  readonly initramfs?: Readonly<Record<string, string>>;
  readonly disk?: (disk: DiskEdit, tiny: SealedImage, scratch: string) => void;
}

/** Starts a changed machine, and expects that it says why not and starts nothing. */
function refuses(name: string, line: RegExp, change: (tiny: SealedImage) => Change): void {
  test(`refused: ${name}`, { skip: lacksForMachines() }, async (t) => {
    const machine = start(t, change);
    const said = await machine.expect(/rootseal: refused/);
    assert.match(said.text, line);
    // With panic=-1 a machine that is refused is started again at once, which ends it here.
    await machine.end();
    assert.deepEqual(machine.console.all(/tiny: |rootseal: verified/), []);
  });
}

function start(t: TestContext, change: (tiny: SealedImage) => Change, run = 'poweroff'): Machine {
  const made = tiny();
  const { words = `composefs.digest=${made.image}`, initramfs, disk } = change(made);
  const scratch = scratchDirectory(t, '/var/tmp');
  const edit = disk === undefined ? undefined : DiskEdit.copy(made.disk, scratch);
  if (edit !== undefined) disk?.(edit, made, scratch);
  return Machine.start(t, {
    disk: edit?.file ?? made.disk,
    kernel: {
      image: made.kernel,
      initrd: initramfs === undefined ? made.initrd : withFiles(made.initrd, initramfs, scratch),
      append: `${CONSOLE} ${words} tiny.run=${run}`,
    },
  });
}

const sealPath = ({ hex }: SealedImage): string => `/state/deploy/${hex}/seal`;
const policy = (...lines: string[]): Record<string, string> => ({
  [POLICY]: `[verify]\nmode=seal\n${lines.map((line) => `${line}\n`).join('')}`,
});

/** The commit's seal, signed by others. */
function sealBy(
  { repository, keyFile }: SealedImage,
  signers: readonly Signer[],
  scratch: string,
): Buffer {
  const copy = join(scratch, 'repository');
  fs.cpSync(repository, copy, { recursive: true });
  fs.rmSync(join(copy, 'seals'), { recursive: true });
  fs.mkdirSync(join(copy, 'seals'));
  rootseal(
    'seal',
    'main',
    '--repo',
    copy,
    ...signers.flatMap((signer) => ['--key', keyFile(signer)]),
  );
  const [name = ''] = fs.readdirSync(join(copy, 'seals'));
  return fs.readFileSync(join(copy, 'seals', name));
}

refuses(
  'a command line without a digest',
  /refused command line: composefs\.digest= is missing/,
  () => ({ words: '' }),
);
refuses(
  'a digest that may be missing',
  /refused command line: composefs\.digest=\? asks/,
  ({ image }) => ({
    words: `composefs.digest=?${image}`,
  }),
);
refuses('two digests', /refused command line: composefs\.digest= is given twice/, ({ image }) => ({
  words: `composefs.digest=${image} composefs.digest=${image}`,
}));
refuses(
  'a word that looks like a switch',
  /refused command line: rootseal\.verify is not known/,
  ({ image }) => ({
    words: `composefs.digest=${image} rootseal.verify=no`,
  }),
);
refuses('the digest of an image that is not there', /refused image: .*No such file/, () => ({
  words: `composefs.digest=${OTHER}`,
}));
refuses('a misspelt key in the policy', /refused policy: .*treshold/, () => ({
  initramfs: policy('treshold=2'),
}));
refuses('a threshold of two and one signature', /refused seal: 1 of 2 needed signatures/, () => ({
  initramfs: policy('threshold=2'),
}));
refuses(
  'a seal for another name',
  /refused seal: it is for "tiny", the policy wants "other"/,
  () => ({ initramfs: policy('name=other') }),
);
refuses('a sequence below that of the policy', /refused seal: sequence \d+ is below/, () => ({
  initramfs: policy(`min-sequence=${SEQUENCE + 1}`),
}));
refuses('a sequence below the floor of the host', /refused seal: sequence \d+ is below/, () => ({
  disk: (disk) => {
    disk.write('/state/sequence-floor', `${SEQUENCE + 1}\n`);
  },
}));
refuses('a floor that is not a number', /refused state: sequence-floor is not a decimal/, () => ({
  disk: (disk) => {
    disk.write('/state/sequence-floor', 'low\n');
  },
}));
refuses('a seal by a revoked key', /refused seal: 0 of 1 needed signatures/, ({ verifierKey }) => ({
  initramfs: { [REVOKED]: `${verifierKey('first').split('+')[1] ?? ''}\n` },
}));
refuses('an image that was revoked', /refused (?:seal|image): .*was revoked/, ({ image }) => ({
  initramfs: { [REVOKED]: `${image}\n` },
}));
refuses('no seal', /refused seal: .*No such file/, () => ({
  disk: (disk, made) => {
    disk.remove(sealPath(made));
  },
}));
refuses('a seal that is cut short', /refused seal: the note's final newline is missing/, () => ({
  disk: (disk, made) => {
    disk.write(sealPath(made), disk.read(sealPath(made)).subarray(0, -1));
  },
}));
refuses('a seal by an unknown key', /refused seal: 0 of 1 needed signatures/, () => ({
  disk: (disk, made, scratch) => {
    disk.write(sealPath(made), sealBy(made, ['stranger'], scratch));
  },
}));
refuses('a seal larger than 64 KiB', /refused seal: .* is larger than 65536 bytes/, () => ({
  disk: (disk, made) => {
    const seal = disk.read(sealPath(made));
    disk.write(sealPath(made), Buffer.concat([seal, Buffer.alloc(65_536, seal)]));
  },
}));
refuses('an image without fs-verity', /refused image: fs-verity is not enabled/, () => ({
  disk: (disk, { hex }) => {
    disk.clearVerity(objectPath(hex));
  },
}));
refuses(
  'another valid image in its place',
  /refused image: its fs-verity digest is/,
  ({ hex }) => ({
    disk: (disk) => {
      disk.writeWithVerity(objectPath(hex), fs.readFileSync(otherImage()));
    },
  }),
);
refuses(
  'a byte of the image that changed on the disk',
  /refused image: it is damaged/,
  ({ hex }) => ({
    disk: (disk) => {
      disk.flip(objectPath(hex), 20_000);
    },
  }),
);
refuses(
  'a symbolic link in place of the repository',
  /refused repository: .* is a symbolic link/,
  () => ({
    disk: (disk) => {
      disk.rename('/composefs', '/state/elsewhere');
      disk.symlink('/composefs', 'state/elsewhere');
    },
  }),
);

test(
  'accepted: two signatures where the policy wants two, each key named',
  { skip: lacksForMachines() },
  async (t) => {
    const machine = start(t, () => ({
      initramfs: policy('threshold=2'),
      disk: (disk, made, scratch) => {
        disk.write(sealPath(made), sealBy(made, ['first', 'second'], scratch));
      },
    }));
    await machine.expect(/rootseal: verified .* by first\.example\.org, second\.example\.org$/);
    await machine.expect(/tiny: up/);
  },
);

const DAMAGED = '/usr/share/tiny/large';

test(
  'an object with a changed byte cannot be read, and nothing wrong is ever read',
  { skip: lacksForMachines() },
  async (t) => {
    const machine = start(
      t,
      (made) => ({
        disk: (disk) => {
          disk.flip(objectPath(objectOf(made, DAMAGED)), 300_000);
        },
      }),
      'read-all',
    );
    await machine.expect(/rootseal: verified/);
    await machine.expect(new RegExp(`tiny: read-error ${DAMAGED}: `));
    await machine.expect(/tiny: read-all .* 1 errors, 0 wrong/);
  },
);

test(
  'an object without fs-verity cannot be read, although its content is right',
  { skip: lacksForMachines() },
  async (t) => {
    const machine = start(
      t,
      (made) => ({
        disk: (disk) => {
          const path = objectPath(objectOf(made, DAMAGED));
          disk.write(path, fs.readFileSync(join(made.tree, DAMAGED)));
        },
      }),
      'read-all,kernel-log',
    );
    await machine.expect(new RegExp(`tiny: read-error ${DAMAGED}: `));
    await machine.expect(/tiny: read-all .* 1 errors, 0 wrong/);
    await machine.expect(/tiny: kernel: .*no fs-verity digest/);
  },
);

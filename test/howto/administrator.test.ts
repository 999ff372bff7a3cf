/** docs/howto/administrator.md, from top to bottom: installed in User Mode Linux, then on a machine in QEMU. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { scratchDirectory } from '../helpers/scratch.js';
import { KERNEL_ARGUMENT_OPTIONS } from '../vm/qemu/kernel-arguments.js';
import { fleet, type ReleaseName } from '../vm/qemu/fleet.js';
import { Host, untilComplete } from '../vm/qemu/host.js';
import { lacksFirmware, run } from '../vm/qemu/programs.js';
import { Publisher } from '../vm/qemu/publisher.js';
import { rootseal } from '../vm/qemu/sealed.js';
import { cannotRunUml, runInUml } from '../vm/uml/bench.js';
import { guestNode } from '../vm/uml/guest-node.js';
import { onMachine } from './machine.js';
import { readPage, runPage, type Names, type Outcome } from './page.js';

const NAME = 'administrator.md';
const PAGE = readPage(NAME);

/** What the fleet calls the page's things. */
function names(port: number): Names {
  return [
    ['https://images.example.org/debian', `http://10.0.2.2:${port}`],
    ['debian/trixie', 'main'],
    ['release.example.org', 'first.example.org'],
    ['debian-trixie 2026.11.23', 'debian-trixie 1'],
    ['debian-trixie 2026.11.24', 'debian-trixie 2'],
    ['debian-trixie 2026.11.25', 'debian-trixie 4'],
    ['release 2026.11.23', 'release 1'],
    ['had 2026.11.24', 'had 2'],
    ['/etc of 2026.11.24', '/etc of 2'],
    // Lines of `status` begin with the release alone.
    ['* 2026.11.23', '* 1'],
    ['  2026.11.23', '  1'],
    ['* 2026.11.24', '* 2'],
    ['  2026.11.25', '  4'],
    // Its disk is a virtio one.
    ['/dev/nvme0n1p2', '/dev/vda2'],
    // The file that the second release of the fleet changes.
    ['/etc/issue.net', '/etc/from-image'],
  ];
}

/** What is published from the moment on at which the page, after the one before, comes to a command. */
const PUBLISHED: readonly (readonly [command: string, release: ReleaseName])[] = [
  ['rootseal upgrade --check', 'v2'],
  ['rootseal upgrade --download-only', 'v4'],
  ['rootseal upgrade', 'v0'],
];

const STICK = {
  command: 'mount /dev/sdb1 /mnt',
  instead: [
    'mkdir -p /mnt/release/refs/heads /mnt/release/objects',
    'mount --bind /sysroot/composefs/objects /mnt/release/objects',
    'cp -r /sysroot/composefs/{meta.json,commits,seals} /mnt/release',
    'cp /sysroot/composefs/refs/remotes/site/main /mnt/release/refs/heads/main',
  ].join(' && '),
  why: 'the machine has one disk: what was downloaded before is put where a stick would be, as a repository of its own',
};

const GIB = 2 ** 30;
/** The words that the page's command has in the guest, and those that the machine needs: its console, a small ESP. */
async function install(t: TestContext, command: string): Promise<{ disk: string } & Outcome> {
  const exchange = scratchDirectory(t, '/var/tmp');
  const repository = join(exchange, 'repository');
  // Of the host's files the guest may not see those that something lies over there.
  run('cp', ['-a', '--reflink=auto', fleet().repository, repository]);
  rootseal('branch', 'set', 'main', 'v1', '--repo', repository);
  const disk = join(exchange, 'disk.img');
  fs.writeFileSync(disk, '');
  fs.truncateSync(disk, 3 * GIB);
  const [program = '', ...words] = command
    .replace('/dev/nvme0n1', '/dev/ubda')
    .replace('/mnt/release', '/mnt/exchange/repository')
    .split(' ');
  assert.equal(program, 'rootseal');
  const { node, program: file } = guestNode(exchange);
  const all = [file, ...words, '--esp-size', '160M', ...KERNEL_ARGUMENT_OPTIONS];
  const { status, console } = await runInUml(t, {
    command: `${node} ${all.map((word) => `'${word}'`).join(' ')} >/mnt/exchange/output 2>&1`,
    disks: [disk],
    exchange,
  });
  const output = fs
    .readFileSync(join(exchange, 'output'), 'utf8')
    .replaceAll('/dev/ubda', '/dev/nvme0n1');
  assert.equal(status, 0, `${console}\n${output}`);
  return { disk, status, output };
}

test(
  'the how-to for administrators runs as written, from the installation on',
  { skip: lacksFirmware() || cannotRunUml },
  async (t) => {
    const publisher = await Publisher.start(t, fleet().repository);
    publisher.publish('v1');
    let published = 0;
    let execute: ((command: string) => Promise<Outcome>) | undefined;
    await runPage(NAME, PAGE, {
      names: names(publisher.port),
      substitutions: [STICK],
      execute: async (command) => {
        if (execute === undefined) {
          const { disk, ...outcome } = await install(t, command);
          const running = await Host.fresh(scratchDirectory(t, '/var/tmp'), disk).start(t);
          assert.ok(await running.agent.ready(), running.machine.console.transcript());
          await untilComplete(running);
          execute = onMachine(running);
          return outcome;
        }
        const [next, release] = PUBLISHED[published] ?? [];
        if (command === next && release !== undefined) {
          publisher.publish(release);
          published++;
        }
        return execute(command);
      },
    });
    assert.equal(published, PUBLISHED.length, 'the page came to all of them');
  },
);

import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  computeArguments,
  NO_CHANGES,
  requireArguments,
  type ArgumentSources,
} from '../../../../src/deploy/image/arguments.js';
import type { Deployment, KernelArgument } from '../../../../src/formats/deployment/deployment.js';
import { RootsealError } from '../../../../src/util/errors.js';

const HEX = 'ab'.repeat(32);
const IMAGE = `v1-sha256-12:${HEX}`;
const IMAGE_FILE = 'image:/usr/lib/rootseal/kargs.d/10.toml';
const MACHINE_FILE = 'machine:/etc/rootseal/kargs.d/50.toml';

const argument = (value: string, from: string): KernelArgument => ({ value, from });

/** What matters of a deployment here. */
function previous(...list: readonly KernelArgument[]): Deployment {
  return {
    ...{ id: 'cd'.repeat(32), serial: 1, commit: 'ef'.repeat(32), image: IMAGE, name: 'os' },
    ...{ release: '1', sequence: 1, title: 'os', kernel: { release: '6', hash: '0' } },
    ...{ keys: [], pinned: false, boots: 'good', tries: 3, created: '2025-01-01T00:00:00Z' },
    arguments: [argument('composefs.digest=old', 'rootseal'), ...list],
  };
}

function compute(sources: Partial<ArgumentSources>): string[] {
  const list = computeArguments({
    ...{ id: HEX, image: IMAGE, previous: undefined, install: [], configured: [] },
    changes: NO_CHANGES,
    ...sources,
  });
  const [own, ...rest] = list;
  assert.deepEqual(own, argument(`composefs.digest=${IMAGE}`, 'rootseal'));
  return rest.map(({ value, from }) => `${value} ${from}`);
}

const INSTALLED = [argument('root=PARTUUID=1', 'install'), argument('rw', 'install')];

test('the state is named only when it is not that of the image', () => {
  assert.deepEqual(compute({}), []);
  assert.deepEqual(compute({ id: `${HEX}.2` }), [`rootseal.state=${HEX}.2 rootseal`]);
});

test('what was said at installation and by hand stays, what files asked for is asked again', () => {
  const old = previous(...INSTALLED, argument('quiet', IMAGE_FILE), argument('debug', 'verb'));
  const configured = [argument('nosmt', IMAGE_FILE), argument('console=ttyS0', MACHINE_FILE)];
  assert.deepEqual(compute({ previous: old, configured }), [
    'root=PARTUUID=1 install',
    'rw install',
    `nosmt ${IMAGE_FILE}`,
    `console=ttyS0 ${MACHINE_FILE}`,
    'debug verb',
  ]);
});

test('a new installation replaces what was said at the last one', () => {
  const old = previous(...INSTALLED, argument('debug', 'verb'));
  const list = compute({ previous: old, install: ['root=PARTUUID=2'] });
  assert.deepEqual(list, ['root=PARTUUID=2 install', 'debug verb']);
});

test('what several ask for stands there once, and is the first one’s', () => {
  const old = previous(argument('quiet', 'verb'));
  const configured = [argument('quiet', IMAGE_FILE), argument('quiet', MACHINE_FILE)];
  const changes = { append: ['quiet', 'debug', 'debug'], delete: [] };
  const list = compute({ previous: old, configured, changes });
  assert.deepEqual(list, [`quiet ${IMAGE_FILE}`, 'debug verb']);
});

test('values of one key all stay, in their order', () => {
  const configured = [argument('console=tty0', IMAGE_FILE)];
  const changes = { append: ['console=ttyS0'], delete: [] };
  const list = compute({ configured, changes });
  assert.deepEqual(list, [`console=tty0 ${IMAGE_FILE}`, 'console=ttyS0 verb']);
});

const CONSOLES = [
  argument('console=tty0', IMAGE_FILE),
  argument('console=ttyS0', MACHINE_FILE),
  argument('consoleblank=0', IMAGE_FILE),
];

test('a key takes away all arguments of that key', () => {
  const changes = { append: [], delete: ['console'] };
  assert.deepEqual(compute({ configured: CONSOLES, changes }), [`consoleblank=0 ${IMAGE_FILE}`]);
});

test('a whole argument takes away that one', () => {
  const changes = { append: [], delete: ['console=tty0'] };
  assert.deepEqual(compute({ configured: CONSOLES, changes }), [
    `console=ttyS0 ${MACHINE_FILE}`,
    `consoleblank=0 ${IMAGE_FILE}`,
  ]);
});

test('what is taken away can be added again, at the end', () => {
  const changes = { append: ['console=tty0'], delete: ['console=tty0'] };
  const list = compute({ configured: CONSOLES, changes });
  assert.equal(list.at(-1), 'console=tty0 verb');
  assert.equal(list.length, 3);
});

for (const absent of ['absent', 'console=ttyS', 'root', 'rw', 'composefs.digest', 'new'])
  test(`${absent} is not there to be deleted`, () => {
    const sources = {
      previous: previous(...INSTALLED),
      configured: CONSOLES,
      changes: { append: ['new'], delete: [absent] },
    };
    assert.throws(
      () => compute(sources),
      (error) =>
        error instanceof RootsealError &&
        error.code === 'PATH_NOT_FOUND' &&
        error.message === `there is no kernel argument ${absent} to delete`,
    );
  });

test('nobody may give what the deployment says itself, or two words as one', () => {
  assert.deepEqual(requireArguments('--karg-append', ['a=b', 'c="d e"']), ['a=b', 'c="d e"']);
  for (const bad of ['root=/dev/sda', 'rootseal.state=x', 'a b', ''])
    assert.throws(
      () => requireArguments('--karg-append', [bad]),
      (error) =>
        error instanceof RootsealError &&
        error.code === 'USAGE' &&
        error.message.startsWith(`--karg-append ${JSON.stringify(bad)}: `),
    );
});

/** A bare Debian with a clone of this checkout, as somebody has it who tries rootseal for the first time. */
import { execFileSync, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { join } from 'node:path';
import { KEPT, bareSystem, type Suite } from './bare-system.js';
import { CHECKOUT } from './boot-program.js';
import { reasonForNoMounts } from './mounts.js';
import { scratchDirectory, type Scope } from './scratch.js';

/** Why no such root can be made here; false when it can. To be called first: see `reasonForNoMounts`. */
export function reasonForNoBareRoot(): string | false {
  return (
    (process.getuid?.() !== 0 && 'needs root: a Debian system has files of many owners') ||
    (spawnSync('mmdebstrap', ['--version']).status !== 0 &&
      'needs mmdebstrap (Debian package mmdebstrap)') ||
    reasonForNoMounts()
  );
}

export interface BareRoot {
  readonly root: string;
  /** Runs a command in the clone. The output is all that it printed. */
  readonly run: (...command: string[]) => { status: number | null; output: string };
}

/** Below root's home, which nobody else may enter. */
const CLONE = '/root/rootseal';
/** What is compiled here is compiled: that takes most of the time, and is not what a bare machine is about. */
const NOT_CLONED = ['.git', 'node_modules', 'dist/test-packages', 'initramfs/build'];

/**
 * A fresh one, until the test ends. Its root directory is an ordinary directory, not a mount point, as it is after
 * `mmdebstrap trixie DIR; chroot DIR`.
 */
export async function bareRoot(t: Scope, suite: Suite): Promise<BareRoot> {
  const mounts: string[] = [];
  t.after(() => {
    for (const place of mounts.reverse()) execFileSync('umount', ['--lazy', '--recursive', place]);
  });
  const scratch = scratchDirectory(t, '/var/tmp');
  const { system, kept } = await bareSystem(t, suite);
  const mount = (place: string, ...args: string[]): void => {
    fs.mkdirSync(place, { recursive: true });
    execFileSync('mount', [...args, place]);
    mounts.push(place);
  };
  const root = join(scratch, 'root');
  // A copy, not an overlay, because / may be one itself, and overlayfs takes no such upper directory.
  execFileSync('cp', ['-a', '--reflink=auto', system, root]);
  mount(join(root, 'proc'), '-t', 'proc', 'proc');
  for (const name of ['dev', 'sys']) mount(join(root, name), '--rbind', `/${name}`);
  for (const [name, place] of Object.entries(KEPT))
    mount(join(root, place), '--bind', join(kept, name));
  fs.copyFileSync('/etc/resolv.conf', join(root, 'etc/resolv.conf'));
  cloneCheckout(join(root, CLONE));
  const environment = settings(root);
  return {
    root,
    run: (...command) => {
      const script = 'cd "$0" && exec "$@" 2>&1';
      const all = [root, 'env', '-i', ...environment, 'sh', '-c', script, CLONE, ...command];
      const { status, stdout, error } = spawnSync('chroot', all, { maxBuffer: 1 << 28 });
      if (error !== undefined) throw error;
      return { status, output: stdout.toString() };
    },
  };
}

/** With what is not committed, which is to be tested too. */
function cloneCheckout(target: string): void {
  const ignored = new Set(NOT_CLONED.map((name) => join(CHECKOUT, name)));
  fs.cpSync(CHECKOUT, target, { recursive: true, filter: (source) => !ignored.has(source) });
}

/** The environment, with what the administrator of this machine says about the way to npm's registry. */
function settings(root: string): string[] {
  const environment: Record<string, string> = {
    PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
    HOME: '/root',
    npm_config_prefer_offline: 'true',
  };
  for (const [name, value = ''] of Object.entries(process.env))
    if (/^(?:https?|no)_proxy$/i.test(name)) environment[name] = value;
  const registry = npmSetting('registry');
  if (registry !== undefined) environment['npm_config_registry'] = registry;
  const certificates = process.env['NODE_EXTRA_CA_CERTS'] ?? npmSetting('cafile');
  if (certificates !== undefined) {
    environment['NODE_EXTRA_CA_CERTS'] = copyInto(root, certificates, 'certificates.crt');
    environment['npm_config_cafile'] = environment['NODE_EXTRA_CA_CERTS'];
  }
  // Building one takes minutes. Where there is none, the set-up builds it.
  const kernel = process.env['ROOTSEAL_UML_KERNEL'];
  if (kernel !== undefined)
    environment['ROOTSEAL_UML_KERNEL'] = copyInto(root, kernel, 'uml-kernel');
  return Object.entries(environment).map(([name, value]) => `${name}=${value}`);
}

function copyInto(root: string, file: string, name: string): string {
  const copy = join('/root', name);
  fs.copyFileSync(file, join(root, copy));
  return copy;
}

function npmSetting(name: string): string | undefined {
  const { stdout } = spawnSync('npm', ['config', 'get', name], { encoding: 'utf8' });
  const value = stdout.trim();
  return ['', 'null', 'undefined'].includes(value) ? undefined : value;
}

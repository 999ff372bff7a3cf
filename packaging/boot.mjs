/** The files of the package `rootseal-initramfs`: the boot program, what takes it into an initramfs, and its manual pages. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { crossCompiler } from './cross.mjs';
import { ofInitramfs, stageManual } from './program.mjs';

const INITRAMFS = join(import.meta.dirname, '../initramfs');

export function stageBoot(stage, architecture) {
  const cross = architecture.isThisMachine ? [] : crossCompiler(architecture);
  const make = ['make', '--silent', '-C', INITRAMFS, 'install', `DESTDIR=${stage.directory}`];
  // Others may be building in the same folder.
  execFileSync('flock', [join(INITRAMFS, 'Makefile'), ...make, ...cross], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  // Where the program looks for one when a tree has none (`rootseal initramfs build`).
  stage.link(
    'usr/lib/rootseal/program/initramfs/prebuilt/rootseal-setup-root',
    '../../../rootseal-setup-root',
  );
  stageManual(stage, ofInitramfs);
  const own = readFileSync(join(import.meta.dirname, 'debian/rootseal-initramfs.copyright'));
  stage.write('usr/share/doc/rootseal-initramfs/copyright', own);
}

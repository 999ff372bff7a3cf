/** Node in a guest, and the program: both as what starts quickest there. */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { CHECKOUT } from '../../helpers/boot-program.js';

/** Words for sh in a guest. */
export interface GuestNode {
  /** Starts Node. */
  readonly node: string;
  /** The program's file. */
  readonly program: string;
}

/**
 * Makes both in the folder that a guest has as /mnt/exchange: the package that is shipped, because a guest opens its few files
 * in a third less time than the hundreds of the checkout, and what is preloaded into Node (`quick-node.c`).
 */
export function guestNode(exchange: string): GuestNode {
  const source = join(CHECKOUT, 'test/vm/uml/quick-node.c');
  const library = join(exchange, 'quick-node.so');
  execFileSync('cc', ['-O2', '-shared', '-fPIC', '-o', library, source]);
  const makePackage = join(CHECKOUT, 'bin/package.mjs');
  execFileSync(process.execPath, [makePackage, join(exchange, 'package')]);
  return {
    node: `env LD_PRELOAD=/mnt/exchange/quick-node.so '${process.execPath}'`,
    program: '/mnt/exchange/package/bin/rootseal.js',
  };
}

/** Every command, in the order of `rootseal --help`. */
import type { AnyCommand } from '../command.js';
import { cat } from './cat.js';
import { checkout } from './checkout.js';
import { commit } from './commit.js';
import { diff } from './diff.js';
import { du } from './du.js';
import { exportCommand } from './export.js';
import { fsck } from './fsck.js';
import { gc } from './gc.js';
import { help } from './help.js';
import { image } from './image/index.js';
import { init } from './init.js';
import { key } from './key.js';
import { log } from './log.js';
import { ls } from './ls.js';
import { branch, tag } from './refs.js';
import { revParse } from './rev-parse.js';
import { seal } from './seal.js';
import { show } from './show.js';
import { verify } from './verify.js';
import { verity } from './verity.js';

export const COMMANDS: readonly AnyCommand[] = [
  init,
  commit,
  log,
  show,
  ls,
  cat,
  diff,
  checkout,
  exportCommand,
  branch,
  tag,
  revParse,
  fsck,
  gc,
  du,
  image,
  verity,
  help,
  key,
  seal,
  verify,
];

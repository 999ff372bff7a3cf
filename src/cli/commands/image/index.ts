/** `rootseal image`: composefs images as files, and mounting them. */
import { defineGroup } from '../../command.js';
import { create } from './create.js';
import { digest } from './digest.js';
import { mount, umount } from './mount.js';
import { dump, ls, missing, objects } from './contents-of-image.js';

export const image = defineGroup('image', 'composefs images: make, read and mount them', [
  create,
  digest,
  dump,
  ls,
  objects,
  missing,
  mount,
  umount,
]);

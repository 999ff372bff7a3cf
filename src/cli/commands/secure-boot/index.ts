/** `rootseal secure-boot`: keys of firmware, and what is signed with them. */
import { defineGroup } from '../../command.js';
import { enrollFiles } from './enroll-files.js';
import { generateKeys } from './generate-keys.js';
import { revoke } from './revoke.js';
import { sign } from './sign.js';

export const secureBoot = defineGroup('secure-boot', 'keys of firmware, and signatures with them', [
  generateKeys,
  enrollFiles,
  sign,
  revoke,
]);

import { PROGRAM_PATH } from '../../initramfs/build-initramfs.js';
import { fault } from '../lint-finding.js';
import type { ReleaseRule } from '../lint-rule.js';

const PROGRAM_SIZE_MAX = 16 << 20;
const ELF = '\x7fELF';

export const bootProgram: ReleaseRule = {
  id: 'L08',
  name: 'boot-program',
  severity: 'error',
  describe: 'no boot program in the tree, or another one in its initramfs',
  source: 'docs/formats/boot.md',
  check: async ({ files, initramfs }) => {
    const own = files.resolve(PROGRAM_PATH);
    if (own?.kind !== 'file' || own.size > PROGRAM_SIZE_MAX)
      return [
        fault(`${PROGRAM_PATH} is missing: the next initramfs could not be made of this tree`),
      ];
    const look = await initramfs();
    if (look.kind !== 'read') return [];
    const packed = programIn(look.files);
    if (packed === undefined)
      return [fault('the initramfs has no boot program: it starts whatever is on the disk')];
    const bytes = await files.read(PROGRAM_PATH, PROGRAM_SIZE_MAX);
    return bytes.equals(packed)
      ? []
      : [
          fault(
            `the boot program in the initramfs is another one than ${PROGRAM_PATH}: make the initramfs again`,
          ),
        ];
  },
};

/** That of dracut and initramfs-tools, else that of `initramfs build`, where it is the init. */
function programIn(files: ReadonlyMap<string, Buffer>): Buffer | undefined {
  const named = files.get(PROGRAM_PATH.slice(1));
  if (named !== undefined) return named;
  const init = files.get('init');
  return init?.toString('latin1', 0, ELF.length) === ELF ? init : undefined;
}

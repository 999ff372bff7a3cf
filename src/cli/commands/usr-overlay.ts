/** `rootseal usr-overlay` */
import { RootsealError } from '../../util/errors.js';
import { defineCommand } from '../command.js';
import { printResult } from '../context.js';

export const usrOverlay = defineCommand({
  command: 'usr-overlay',
  describe: 'make /usr writable until the next reboot; the sealed image does not change',
  builder: (yargs) => yargs,
  run: async (context) => {
    const { readBootReport } = await import('../../deploy/host/booted.js');
    const { RUNTIME_DIRECTORY } = await import('../../deploy/host/sysroot.js');
    const { mountUsrOverlay } = await import('../../deploy/verbs/usr-overlay.js');
    if (readBootReport(RUNTIME_DIRECTORY) === undefined)
      throw new RootsealError('NOT_BOOTED', 'this system was not started by rootseal');
    mountUsrOverlay();
    context.remark('/usr can be written to; changes are lost when this system ends');
    await printResult(context, '', { changed: true, directory: '/usr' });
    return 'done';
  },
});

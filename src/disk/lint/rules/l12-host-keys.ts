import { fault } from '../lint-finding.js';
import type { ReleaseRule } from '../lint-rule.js';
import { readSmall } from '../read-small.js';
import { areOrIs, shownPaths } from '../shown-paths.js';
import { fromText } from '../../../util/bytes.js';

const SECRETS =
  /^\/(?:etc\/ssh\/ssh_host_[^/]*_key(?:\.pub)?|var\/lib\/systemd\/(?:random-seed|credential\.secret)|var\/lib\/dbus\/machine-id|etc\/nvme\/host(?:id|nqn))$/;
const ISCSI = '/etc/iscsi/initiatorname.iscsi';

export const hostKeys: ReleaseRule = {
  id: 'L12',
  name: 'host-keys',
  severity: 'error',
  describe: 'host keys of SSH, random seeds and names that each machine makes for itself',
  source: 'Debian practice',
  check: async ({ whole, files }) => {
    const found = whole.entries
      .filter(({ path, inode }) => inode.kind === 'file' && inode.size > 0 && SECRETS.test(path))
      .map(({ path }) => path);
    const iscsi = await readSmall(files, ISCSI);
    // Debian's package has a file that asks for a name to be made.
    if (iscsi !== undefined && /^InitiatorName=./m.test(iscsi)) found.push(fromText(ISCSI));
    return found.length === 0
      ? []
      : [
          fault(
            `${shownPaths(found)} ${areOrIs(found)} in the image: all machines would share ${found.length === 1 ? 'it' : 'them'}, and whoever has the image knows ${found.length === 1 ? 'it' : 'them'}`,
          ),
        ];
  },
};

import { refusal, warning } from '../lint-finding.js';
import type { StartRule } from '../lint-rule.js';

const UNITS = '/usr/lib/systemd/system';
const NEED_ESP = ['rootseal-boot-complete.service', 'rootseal-upgrade.service'];

/**
 * A system that changes its deployments, and says that its boots are good, needs its ESP. systemd mounts it at /efi, or at an empty
 * /boot (systemd-gpt-auto-generator(8)).
 */
export const espPlace: StartRule = {
  id: 'L47',
  name: 'esp',
  severity: 'error',
  describe: 'no place for the EFI system partition, which the units of rootseal need',
  source: 'systemd-gpt-auto-generator(8)',
  check: ({ files }) => {
    const needsEsp = files.names(UNITS).some((name) => NEED_ESP.includes(name));
    const isDirectory = (path: string) => files.at(path)?.kind === 'directory';
    if (!needsEsp || isDirectory('/efi') || isDirectory('/boot/efi')) return [];
    if (!isDirectory('/boot'))
      return [
        refusal(
          '/efi is missing: the EFI system partition is mounted nowhere, so no boot is ever found good and no upgrade can be made',
          'PATH_NOT_FOUND',
        ),
      ];
    return files.rawNames('/boot').length === 0
      ? []
      : [
          warning(
            '/efi is missing and /boot is not empty: the EFI system partition is mounted only if /etc/fstab says so',
          ),
        ];
  },
};

/** All rules, by id. A new one is named here. */
import type { ReleaseRule, StartRule } from './lint-rule.js';
import { varRun } from './rules/l01-var-run.js';
import { usrMerge } from './rules/l02-usr-merge.js';
import { usrEtc } from './rules/l03-usr-etc.js';
import { mountPoints } from './rules/l04-mount-points.js';
import { oneKernel } from './rules/l05-kernel.js';
import { modules } from './rules/l06-modules.js';
import { kernelFeatures } from './rules/l07-kernel-features.js';
import { bootProgram } from './rules/l08-boot-program.js';
import { trustInInitramfs } from './rules/l09-initramfs.js';
import { osRelease } from './rules/l10-os-release.js';
import { machineId } from './rules/l11-machine-id.js';
import { hostKeys } from './rules/l12-host-keys.js';
import { privateKeys } from './rules/l13-private-keys.js';
import { passwords } from './rules/l14-password.js';
import { kernelArguments } from './rules/l15-kargs.js';
import { trustPolicy } from './rules/l16-policy.js';
import { utf8Names } from './rules/l17-utf8.js';
import { varContent } from './rules/l18-var-content.js';
import { varLog } from './rules/l19-var-log.js';
import { runTmp } from './rules/l20-run-tmp.js';
import { bootContent } from './rules/l21-boot.js';
import { sysusers } from './rules/l22-sysusers.js';
import { injected } from './rules/l23-injected.js';
import { toplevel } from './rules/l24-toplevel.js';
import { supportEnd } from './rules/l25-support-end.js';
import { modes } from './rules/l26-modes.js';
import { newPrivileges } from './rules/l27-suid.js';
import { laterTimes } from './rules/l29-mtimes.js';
import { residue } from './rules/l30-residue.js';
import { dpkgStatus } from './rules/l31-dpkg-status.js';
import { fstabRoot } from './rules/l33-fstab-root.js';
import { growth } from './rules/l35-growth.js';
import { ukiStub } from './rules/l37-uki-stub.js';
import { ukiKernel } from './rules/l38-uki-kernel.js';
import { unifiedInitramfs } from './rules/l39-unified-initramfs.js';
import { sequence } from './rules/l41-sequence.js';
import { trustKeys } from './rules/l42-keys.js';
import { noKeys } from './rules/l43-no-keys.js';
import { noSeal } from './rules/l44-no-seal.js';
import { policyName } from './rules/l45-policy-name.js';
import { refusedSeal } from './rules/l46-seal.js';
import { espPlace } from './rules/l47-esp.js';
import { noInit } from './rules/l48-no-init.js';

/** About the files that say whom an image trusts: for whatever makes an initramfs, too. */
export const TRUST_RULES: readonly StartRule[] = [trustPolicy, trustKeys, noKeys];

/** Asked by whatever makes disks and deployments, in this order. */
export const START_RULES: readonly StartRule[] = [
  ...[mountPoints, espPlace, noInit, oneKernel],
  ...TRUST_RULES,
  ...[noSeal, policyName, refusedSeal, machineId, fstabRoot],
];

/** All, by id. */
export const LINT_RULES: readonly ReleaseRule[] = [
  ...START_RULES,
  ...[varRun, usrMerge, usrEtc, modules, kernelFeatures, bootProgram, trustInInitramfs, osRelease],
  ...[hostKeys, privateKeys, passwords, kernelArguments, utf8Names, varContent, varLog, runTmp],
  ...[bootContent, sysusers, injected, toplevel, supportEnd, modes, newPrivileges, laterTimes],
  ...[residue, dpkgStatus, growth, ukiStub, ukiKernel, unifiedInitramfs, sequence],
].sort((a, b) => (a.id < b.id ? -1 : 1));

/**
 * Will this image start, and be accepted, on the policy that it brings along? The one place that answers it: for `lint`, and for
 * whatever makes a disk, an initramfs or a deployment.
 */
import type { Policy } from '../../formats/seal/policy.js';
import type { Keyring } from '../../formats/seal/trusted-keys.js';
import type { SealTrust } from '../../formats/seal/verify.js';
import { describeError, RootsealError } from '../../util/errors.js';
import type { ImageFiles } from '../image-files.js';
import { lintError, type LintFinding } from './lint-finding.js';
import { readImageKeys, readImagePolicy, readImageRevocations } from './image-trust.js';
import {
  checkEspPlace,
  checkFstab,
  checkInit,
  checkKernel,
  checkMachineId,
  checkMountPoints,
} from './lint-rules.js';
import { decideSeal, type SealedCommit } from './decide-seal.js';

export interface LintSubject {
  readonly files: ImageFiles;
  /** The commit, when it is one already: then its seal is looked at. */
  readonly commit?: SealedCommit | undefined;
  /** Release of the kernel to start, where there are several. */
  readonly kernel?: string | undefined;
}

/** In the order of `RULES`; empty when all is well. */
export async function lintImage({ files, commit, kernel }: LintSubject): Promise<LintFinding[]> {
  return [
    ...checkMountPoints(files),
    ...checkEspPlace(files),
    ...checkInit(files),
    ...checkKernel(files, kernel),
    ...(await lintTrust(files, commit)),
    ...(await checkMachineId(files)),
    ...(await checkFstab(files)),
  ];
}

/** The rules about policy, keys, revocations and seal alone. */
export async function lintTrust(
  files: ImageFiles,
  commit: SealedCommit | undefined,
): Promise<LintFinding[]> {
  const findings: LintFinding[] = [];
  const attempt = async <T>(rule: 'policy' | 'keys', read: () => Promise<T>) => {
    try {
      return await read();
    } catch (error) {
      if (!(error instanceof RootsealError)) throw error;
      findings.push(lintError(rule, describeError(error), error.code));
      return undefined;
    }
  };
  const policy = await attempt('policy', () => readImagePolicy(files));
  const keys = await attempt('keys', () => readImageKeys(files));
  const revoked = await attempt('keys', () => readImageRevocations(files));
  if (policy === undefined || keys === undefined || revoked === undefined) return findings;
  if (policy.verify.mode !== 'seal') return findings;
  const unkeyed = checkKeys(policy, keys);
  if (unkeyed.length > 0 || commit === undefined) return unkeyed;
  return checkCommit(commit, { policy, keys, revoked });
}

function checkKeys({ verify }: Policy, keys: Keyring): LintFinding[] {
  if (keys.size === 0)
    return [
      lintError(
        'no-keys',
        '/usr/lib/rootseal/keys.d holds no key, and the policy wants a seal: nothing will boot',
        'SEAL_UNTRUSTED',
      ),
    ];
  if (keys.size >= verify.threshold) return [];
  return [
    lintError(
      'no-keys',
      `the policy wants ${verify.threshold} keys to have signed, and there ${keys.size === 1 ? 'is 1 key' : `are ${keys.size} keys`}: nothing will boot`,
      'SEAL_UNTRUSTED',
    ),
  ];
}

function checkCommit(subject: SealedCommit, trust: SealTrust): LintFinding[] {
  const { name } = trust.policy.verify;
  const { commit } = subject;
  if (name !== undefined && name !== commit.name)
    return [
      lintError(
        'policy-name',
        `the policy accepts name=${name}, and the commit is named ${commit.name}: commit with --name ${name}`,
        'SEAL_UNTRUSTED',
      ),
    ];
  const decided = decideSeal(subject, trust);
  if (decided.accepted) return [];
  return decided.decision === undefined
    ? [
        lintError(
          'no-seal',
          'the commit has no seal, and the policy wants one: seal it with `rootseal seal`',
          decided.code,
        ),
      ]
    : [lintError('seal', `the policy refuses the seal: ${decided.reason}`, decided.code)];
}

/** `rule: message` */
export function describeFinding({ rule, message }: LintFinding): string {
  return `${rule}: ${message}`;
}

/** @throws {RootsealError} with the code of the first error, when there is one */
export function requireStartable(findings: readonly LintFinding[], hint: string): void {
  const errors = findings.filter(({ severity }) => severity === 'error');
  const [first] = errors;
  if (first === undefined) return;
  throw new RootsealError(
    first.code,
    `no machine would start this image: ${errors.map(describeFinding).join('; ')}`,
    { details: { rules: errors.map(({ rule }) => rule).join(' ') }, hint },
  );
}

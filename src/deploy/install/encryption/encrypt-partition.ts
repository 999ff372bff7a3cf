/**
 * Makes a partition an encrypted one (LUKS2, by cryptsetup), whose key the TPM of this machine keeps (by systemd-cryptenroll), and opens
 * it. The key slot by which that is done is wiped: what is left are the recovery key and the TPM's.
 */
import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import { runTool } from '../../../disk/tools.js';
import { isRecord } from '../../../util/checks.js';
import { RootsealError } from '../../../util/errors.js';
import { BlockDevice } from '../block-device.js';
import { UndoSteps } from '../undo-steps.js';
import { SecretPlace } from './secret-place.js';

/** Bytes in front of the data: both headers and the key slots. */
export const LUKS_HEADER_SIZE = 16 << 20;
const SECTOR = 512;
/** A key of 512 random bits need not be slow to try. */
const QUICK = ['--pbkdf', 'pbkdf2', '--pbkdf-force-iterations', '1000'];
const NO_EXTENSION = '0'.repeat(64);

export interface TpmPolicy {
  /** PEM: signatures by it say what PCR 11 may be. */
  readonly pcrPublicKey: Uint8Array;
  /** 32 bytes. */
  readonly pcr7: Buffer;
}

export interface EncryptedPartition {
  /** What is read and written in clear. It goes away when it is neither mounted nor open, whatever ends this process. */
  readonly device: BlockDevice;
  readonly uuid: string;
  /** Opens it in place of the TPM. */
  readonly recoveryKey: string;
}

export async function encryptPartition(
  partition: BlockDevice,
  policy: TpmPolicy,
  { undo, warn }: { readonly undo: UndoSteps; readonly warn: (line: string) => void },
): Promise<EncryptedPartition> {
  return UndoSteps.around(warn, async (undoSecrets) => {
    const place = SecretPlace.make(undoSecrets);
    const key = place.key();
    await format(partition, key);
    const uuid = await uuidOf(partition);
    const recoveryKey = await enrollRecoveryKey(partition, key);
    const device = await open(partition, key, undo);
    await enrollTpm(partition, key, {
      publicKey: place.file('pcr.pem', policy.pcrPublicKey),
      pcr7: policy.pcr7,
    });
    await requireSlots(partition);
    return { device, uuid, recoveryKey };
  });
}

async function format({ path }: BlockDevice, key: string): Promise<void> {
  const offset = ['--offset', String(LUKS_HEADER_SIZE / SECTOR)];
  const options = ['--batch-mode', '--type', 'luks2', ...QUICK, ...offset, '--key-file', key];
  await runTool('cryptsetup', ['luksFormat', ...options, path], { discardOutput: true });
}

async function uuidOf({ path }: BlockDevice): Promise<string> {
  const { stdout } = await runTool('cryptsetup', ['luksUUID', path]);
  return stdout.toString('latin1').trim();
}

/** It is printed on standard output alone, which goes nowhere but to whoever asked. */
async function enrollRecoveryKey({ path }: BlockDevice, key: string): Promise<string> {
  const options = [`--unlock-key-file=${key}`, '--recovery-key'];
  const { stdout } = await runTool('systemd-cryptenroll', [...options, path]);
  const text = stdout.toString('latin1').trim();
  // systemd 257, recovery-key.h: eight groups of eight letters that all keyboards have in the same place.
  if (/^[cbdefghijklnrtuv]{8}(?:-[cbdefghijklnrtuv]{8}){7}$/.test(text)) return text;
  throw new RootsealError('FAILED', 'systemd-cryptenroll did not print a recovery key');
}

/** The mapping is removed as soon as nobody uses it, which this process does from now on. */
async function open(partition: BlockDevice, key: string, undo: UndoSteps): Promise<BlockDevice> {
  const name = `rootseal-install-${randomBytes(4).toString('hex')}`;
  const options = ['--type', 'luks2', '--key-file', key];
  await runTool('cryptsetup', ['open', ...options, partition.path, name]);
  try {
    const mapped = BlockDevice.at(`/dev/mapper/${name}`);
    const device = mapped === undefined ? undefined : BlockDevice.at(`/dev/${mapped.name}`);
    if (device === undefined)
      throw new RootsealError('FAILED', `/dev/mapper/${name} does not appear`);
    const fd = fs.openSync(device.path, fs.constants.O_RDONLY);
    undo.add(() => {
      fs.closeSync(fd);
    });
    await runTool('cryptsetup', ['close', '--deferred', name]);
    return device;
  } catch (error) {
    await runTool('cryptsetup', ['close', '--deferred', name], { okStatuses: [0, 4] });
    throw error;
  }
}

async function enrollTpm(
  { path }: BlockDevice,
  key: string,
  { publicKey, pcr7 }: { readonly publicKey: string; readonly pcr7: Buffer },
): Promise<void> {
  await runTool('systemd-cryptenroll', [
    ...[`--unlock-key-file=${key}`, '--tpm2-device=auto'],
    ...[`--tpm2-public-key=${publicKey}`, '--tpm2-public-key-pcrs=11'],
    `--tpm2-pcrs=7:sha256=${pcr7.toString('hex')}+12:sha256=${NO_EXTENSION}`,
    // No policy that happens to lie on this machine.
    '--tpm2-pcrlock=',
    '--wipe-slot=password',
    path,
  ]);
}

/** @throws {RootsealError} FAILED when it has other key slots than the two that it is to have */
async function requireSlots({ path }: BlockDevice): Promise<void> {
  const { stdout } = await runTool('cryptsetup', ['luksDump', '--dump-json-metadata', path]);
  const header: unknown = JSON.parse(stdout.toString('utf8'));
  const { keyslots, tokens } = isRecord(header) ? header : {};
  const slots = isRecord(keyslots) ? Object.keys(keyslots) : [];
  const types = isRecord(tokens) ? Object.values(tokens).map(typeOf).sort() : [];
  if (slots.length === 2 && types.join() === 'systemd-recovery,systemd-tpm2') return;
  throw new RootsealError(
    'FAILED',
    `${path} has ${slots.length} key slots, and of the TPM and the recovery key: ${types.join(', ') || 'none'}`,
  );
}

function typeOf(token: unknown): string {
  return isRecord(token) ? String(token['type']) : '';
}

/** Waiting for a server at a socket of the file system. */
import fs from 'node:fs';
import { until, type WaitContext } from './hang.js';

/** A socket that listens (Linux include/uapi/linux/net.h: `__SO_ACCEPTCON`), as the flags of /proc/net/unix have it. */
const ACCEPTS = '00010000';

/**
 * Waits until somebody listens at this path. That its file is there says less: bind(2) makes it, and until listen(2) whoever connects is
 * refused. Nobody is connected to for it.
 */
export async function untilListening(context: WaitContext, socket: string): Promise<void> {
  await until(context, () =>
    fs
      .readFileSync('/proc/net/unix', 'utf8')
      .split('\n')
      .map((line) => line.trim().split(/\s+/))
      .some(([, , , flags, , , , path]) => flags === ACCEPTS && path === socket),
  );
}

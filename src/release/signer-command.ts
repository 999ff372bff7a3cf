/** Signer commands: for keys that no file holds, such as those of tokens and services. */
import { run } from '../linux/exec.js';

/** How a command is called in errors. */
export function nameOfSignerCommand(command: string): string {
  return `the signer command ${JSON.stringify(command)}`;
}

/**
 * What the command prints when it gets `message` on its standard input.
 * @param command for `/bin/sh -c`
 * @param env variables that tell it what is signed
 * @param signal ends it
 * @throws {RootsealError} FAILED when it fails; the reason of the signal
 */
export async function runSignerCommand(
  command: string,
  message: Uint8Array,
  env: Readonly<Record<string, string>>,
  signal?: AbortSignal,
): Promise<Buffer> {
  const { stdout } = await run('/bin/sh', ['-c', command], {
    input: message,
    env,
    ...(signal === undefined ? {} : { signal }),
  });
  return stdout;
}

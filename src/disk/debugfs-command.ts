/** Commands of debugfs as text (e2fsprogs 1.47 lib/ss/parse.c, debugfs/debugfs.c). Pure. */
import type { ByteString } from '../util/bytes.js';

/** Longest line that debugfs reads from a command file, less something for the rest of a command. */
const LINE_MAX = 7000;

/** An argument in quotes; a quote in it is doubled. Nothing else is special, a backslash neither. */
export function quoteArgument(argument: string): ByteString {
  return `"${argument.replaceAll('"', '""')}"` as ByteString;
}

/** Whether the command can stand in a command file: there, lines end at CR and LF and have a greatest length. */
export function isPlainCommand(command: string): boolean {
  return command.length <= LINE_MAX && !/[\r\n]/.test(command);
}

/**
 * Words that yargs takes for something else: `-` (standard input or output) for the start of an option, and `help` in the
 * last place (a branch may be called so) for `--help`. They get a prefix that no command line can contain.
 */
const PREFIX = '\0';

/** Marks such words; `args` starts with the name of the command. */
export function hideOddWords(args: readonly string[]): string[] {
  const [command, ...rest] = args.map((word, index) =>
    word === '-' || (word === 'help' && index > 0) ? `${PREFIX}${word}` : word,
  );
  if (command === undefined) return [];
  // Alone it would be in the last place: so the page that it shows by default is named.
  return command === 'help' ? [command, 'rootseal', ...rest] : [command, ...rest];
}

/** Puts the words back, in parsed options and arguments, in place. */
export function restoreOddWords(options: Record<string, unknown>): void {
  for (const [name, value] of Object.entries(options)) {
    options[name] = Array.isArray(value) ? value.map(restore) : restore(value);
  }
}

function restore(value: unknown): unknown {
  return typeof value === 'string' && value.startsWith(PREFIX) ? value.slice(1) : value;
}

/** Puts the words back in what yargs says about the command line. */
export function restoreInMessage(message: string): string {
  return message.replaceAll(PREFIX, '');
}

/**
 * `-` for standard input or output. yargs takes a lone dash for the start of an option and makes an empty text of it,
 * so it gets one that no command line can contain.
 */
const STAND_IN = '\0';

/** Replaces each argument that is a lone dash. */
export function hideLoneDashes(args: readonly string[]): string[] {
  return args.map((argument) => (argument === '-' ? STAND_IN : argument));
}

/** Puts the dashes back, in parsed options and arguments, in place. */
export function restoreLoneDashes(options: Record<string, unknown>): void {
  for (const [name, value] of Object.entries(options)) {
    if (value === STAND_IN) options[name] = '-';
    else if (Array.isArray(value))
      options[name] = value.map((item: unknown) => (item === STAND_IN ? '-' : item));
  }
}

/** Puts the dashes back in what yargs says about the command line. */
export function restoreInMessage(message: string): string {
  return message.replaceAll(STAND_IN, '-');
}

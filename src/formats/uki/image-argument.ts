/** The word of a command line that names the image: the first one of a unified kernel image. */

const KEY = 'composefs.digest=';

/** @param image the typed digest, `v1-sha256-12:…` */
export function imageArgument(image: string): string {
  return `${KEY}${image}`;
}

/** The typed digest that a command line of ours begins with; undefined when it does not. */
export function imageOfCommandLine(commandLine: string): string | undefined {
  const [first = ''] = commandLine.split(' ', 1);
  return first.startsWith(KEY) ? first.slice(KEY.length) : undefined;
}

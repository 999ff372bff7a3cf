/** `[EPOCH:]VERSION[-RELEASE]`, as rpm and pacman take a version apart. */

export interface EpochVersionRelease {
  /** Digits; 0 when there is none. */
  readonly epoch: string;
  readonly version: string;
  /** Undefined when there is no hyphen. */
  readonly release: string | undefined;
}

/** The release is what follows the last hyphen; takes any text. */
export function splitEvr(text: string): EpochVersionRelease {
  const epoch = /^([0-9]*):/.exec(text);
  const rest = epoch === null ? text : text.slice(epoch[0].length);
  const hyphen = rest.lastIndexOf('-');
  return {
    epoch: epoch?.[1] === undefined || epoch[1] === '' ? '0' : epoch[1],
    version: hyphen < 0 ? rest : rest.slice(0, hyphen),
    release: hyphen < 0 ? undefined : rest.slice(hyphen + 1),
  };
}

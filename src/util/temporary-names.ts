/**
 * Names that something has only while it is being made. They mean nothing to anybody else, so errors speak of what they
 * stand for.
 */
const targets = new Map<string, string>();

/** Notes that a path is temporary, and what it stands for; returns the path. What lies below it stands for the same. */
export function standsFor(temporary: string, target: string): string {
  targets.set(temporary, target);
  return temporary;
}

/** A text in which temporary names are replaced by what they stand for. */
export function withoutTemporaryNames(text: string): string {
  let result = text;
  for (const [temporary, target] of targets) {
    const pieces = result.split(temporary);
    result = pieces
      .map((piece, index) => (index === 0 ? piece : piece.replace(/^\/[^\s:'"]*/, '')))
      .join(target);
  }
  return result;
}

/** What to type next, for the place that the command was about. */
import { join } from 'node:path';
import { RootsealError } from '../util/errors.js';

/** The place, as it was given. */
export interface HintPlace {
  readonly sysroot?: unknown;
  readonly boot?: unknown;
  readonly repo?: unknown;
}

/** Commands that act on a repository, of those that hints name; the first ones know `--sysroot`, too. */
const OF_HOSTS_TOO = new Set(['fsck', 'gc', 'remote', 'pull']);
const OF_REPOSITORIES = new Set(['seal', 'branch', 'tag']);
/** Commands that act on neither a host nor a repository that is there. */
const OF_NOTHING = new Set(['init', 'verity', 'install', 'disk']);

/**
 * The error with `--sysroot DIR` or `--repo DIR` in each command that its hint names: without it, they would act on the running
 * system.
 */
export function withPlaceInHint(error: unknown, place: HintPlace): unknown {
  if (!(error instanceof RootsealError) || error.hint === undefined) return error;
  const hint = error.hint.replaceAll(
    /`(rootseal ([a-z-]+)[^`]*)`/g,
    (_, command: string, verb: string) => `\`${command}${optionsFor(verb, place)}\``,
  );
  if (hint === error.hint) return error;
  const { code, message, cause, details } = error;
  return new RootsealError(code, message, { cause, details, hint });
}

function optionsFor(verb: string, { sysroot, boot, repo }: HintPlace): string {
  if (OF_NOTHING.has(verb)) return '';
  const isOfRepository = OF_REPOSITORIES.has(verb);
  const ofHost = option('sysroot', sysroot) + (OF_HOSTS_TOO.has(verb) ? '' : option('boot', boot));
  if (typeof sysroot === 'string' && isOfRepository)
    return option('repo', join(sysroot, 'composefs'));
  if (ofHost !== '' && !isOfRepository) return ofHost;
  return isOfRepository || OF_HOSTS_TOO.has(verb) ? option('repo', repo) : '';
}

function option(name: string, value: unknown): string {
  if (typeof value !== 'string') return '';
  return ` --${name} ${/^[\w@%+=:,./-]+$/.test(value) ? value : `'${value.replaceAll("'", "'\\''")}'`}`;
}

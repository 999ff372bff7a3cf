/** The work of one command, and what is common to all: that nothing was to be done, and hints that name the place. */
import { RootsealError } from '../util/errors.js';
import { printResult, type Context, type Outcome } from './context.js';
import { withPlaceInHint, type HintPlace } from './hints.js';

/**
 * That there was nothing to do is a result like others, and not an error; it has an exit status of its own.
 * @param place what the command line says of it
 * @throws what the work throws, but UNCHANGED; a hint says where its command is to act
 */
export async function perform(
  context: Context,
  place: HintPlace,
  work: () => Promise<Outcome>,
): Promise<Outcome> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof RootsealError) || error.code !== 'UNCHANGED')
      throw withPlaceInHint(error, place);
    const { message, details } = error;
    await printResult(context, message, { changed: false, message, ...details });
    return 'unchanged';
  }
}

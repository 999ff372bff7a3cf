/** A generated page as the formatter leaves it, so that `npm run format` and `npm run docs` agree. */
import { basename, join } from 'node:path';

const CHECKOUT = join(import.meta.dirname, '../..');

/**
 * @param {string} file whose name says the language; the settings are those of the checkout, wherever the file is
 * @param {string} text
 * @returns {Promise<string>}
 */
export async function formatted(file, text) {
  // `npm test` loads this file before it installs the npm packages.
  const { format, resolveConfig } = await import('prettier');
  const settings = await resolveConfig(join(CHECKOUT, basename(file)));
  return format(text, { ...settings, filepath: file });
}

/** Node's version, checked before anything that needs it is loaded. */
import { Failed } from './steps.mjs';

const LEAST = [20, 19];

/** @throws {Failed} when this Node is too old */
export function checkNode(version = process.versions.node) {
  const [major, minor] = version.split('.').map(Number);
  if (major > LEAST[0] || (major === LEAST[0] && minor >= LEAST[1])) return;
  throw new Failed(
    `rootseal needs Node ${LEAST.join('.')} or newer, and this is Node ${version}. ` +
      'Debian 13 has a new enough one (package nodejs); for older releases see https://nodejs.org/.',
  );
}

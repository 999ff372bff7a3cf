/** A deployment in one line, for people. */
import type { Deployment } from './deployment.js';

/** `debian-trixie 2026.11.23 (0a1b2c3d)` */
export function describeDeployment({ name, release, id }: Deployment): string {
  const [hex = '', number] = id.split('.');
  return `${name} ${release} (${hex.slice(0, 12)}${number === undefined ? '' : `.${number}`})`;
}

/** What a fetch brings, or brought, in words. */
import { counted, formatBytes } from './units.js';

/** Of what is missing: `3 objects, 3.0 MB to fetch`. */
export function describeToFetch(objects: number, bytes: number): string {
  if (objects === 0) return 'nothing to fetch';
  if (bytes === 0) return `${counted(objects, 'object')} to take in, fetched before`;
  return `${counted(objects, 'object')}, ${formatBytes(bytes)} to fetch`;
}

/** Of what came: `fetched 3 objects, 3.0 MB`. */
export function describeFetched(objects: number, bytes: number): string {
  if (objects === 0) return 'nothing to fetch';
  if (bytes === 0) return `took in ${counted(objects, 'object')}, fetched before`;
  return `fetched ${counted(objects, 'object')}, ${formatBytes(bytes)}`;
}

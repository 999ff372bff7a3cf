/** Stands in for `node:test` while skips are listed: runs no test, and keeps those whose options say that they are skipped. */

/** Tests whose `skip` option is set, with the reason. */
export const skipped = [];

export function test(...args) {
  const name = args.find((arg) => typeof arg === 'string') ?? '';
  const { skip = false } = args.find((arg) => typeof arg === 'object' && arg !== null) ?? {};
  if (skip === false) return;
  skipped.push({ name, reason: typeof skip === 'string' ? skip : 'no reason given' });
}

/** What a suite holds is listed, not run. */
export function describe(...args) {
  test(...args);
  args.findLast((arg) => typeof arg === 'function')?.();
}

const nothing = () => undefined;
export { test as it, describe as suite };
export { nothing as before, nothing as after, nothing as beforeEach, nothing as afterEach };
export default test;

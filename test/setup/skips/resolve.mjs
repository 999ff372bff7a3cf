/** Module resolution in which `node:test` is what stands in for it. */
export function resolve(specifier, context, next) {
  if (specifier !== 'node:test') return next(specifier, context);
  return { url: new URL('node-test.mjs', import.meta.url).href, shortCircuit: true };
}

/**
 * A node:test reporter for machines: one JSON line for each test that ended, as
 * `{"outcome": "passed" | "failed" | "skipped", "name": …, "file": …, "reason": …, "error": …}`. Suites are not counted.
 */
import { inspect } from 'node:util';

export default async function* reporter(events) {
  const names = [];
  for await (const { type, data } of events) {
    if (type === 'test:start') names[data.nesting] = data.name;
    if (type !== 'test:pass' && type !== 'test:fail') continue;
    if (data.details?.type === 'suite') continue;
    const parents = names.slice(0, data.nesting);
    const name = [...parents, data.name].join(' > ');
    yield `${JSON.stringify({ ...outcomeOf(type, data), name, file: data.file })}\n`;
  }
}

function outcomeOf(type, { skip, todo, details }) {
  if (skip !== undefined && skip !== false) {
    return { outcome: 'skipped', reason: typeof skip === 'string' ? skip : 'no reason given' };
  }
  if (todo !== undefined && todo !== false) return { outcome: 'skipped', reason: `todo: ${todo}` };
  if (type === 'test:pass') return { outcome: 'passed' };
  const error = details?.error?.cause ?? details?.error;
  return { outcome: 'failed', error: error?.stack ?? inspect(error) };
}

import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  DEFAULT_HEALTH_CONFIG,
  parseHealthConfig,
  timeoutOf,
} from '../../../../src/formats/health/health-config.js';

const parse = (text: string) => parseHealthConfig(Buffer.from(text));

test('a check has its own time limit, else that of all, else 60 seconds', () => {
  const config = parse('# slow machine\n timeout = 90\n[check 10-disk]\ntimeout=5\n[check x]\n');
  assert.equal(timeoutOf(config, '10-disk'), 5);
  assert.equal(timeoutOf(config, 'x'), 90);
  assert.equal(timeoutOf(config, 'other'), 90);
  assert.equal(timeoutOf(parse('[check 10-disk]\ntimeout=5\n'), 'other'), 60);
  assert.deepEqual(parse(''), DEFAULT_HEALTH_CONFIG);
});

for (const [text, message] of [
  ['timeout=0', /line 1: the time limit is not a whole number of seconds from 1 to 3600/],
  ['timeout=3601', /line 1: the time limit/],
  ['timeout=1.5', /line 1: the time limit/],
  ['timeout=', /line 1: the time limit/],
  ['timeout', /line 1: expected "timeout=SECONDS"/],
  ['timeouts=1', /line 1: expected "timeout=SECONDS"/],
  ['timeout=1\ntimeout=1', /line 2: the key is there twice/],
  ['[check a]\n[check  a ]', /line 2: the section is there twice/],
  ['[health]', /line 1: expected "\[check NAME\]"/],
  ['[check ]', /line 1: this cannot be the name of a check/],
  ['[check a/b]', /line 1: this cannot be the name of a check/],
  ['[check a', /line 1: expected "\[check NAME\]"/],
] as const) {
  test(`refused: ${JSON.stringify(text)}`, () => {
    assert.throws(() => parse(text), { code: 'FORMAT_INVALID', message });
  });
}

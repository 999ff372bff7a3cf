import assert from 'node:assert/strict';
import fs from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import {
  overallResult,
  parseHealthReport,
  printHealthReport,
  type CheckResult,
  type HealthReport,
} from '../../../../src/formats/health/health-report.js';

// This file runs from dist/test/unit/formats/health.
const SCHEMA = fileURLToPath(new URL('../../../../../docs/schema/health.json', import.meta.url));

const CHECK: CheckResult = {
  name: '10-net',
  level: 'required',
  result: 'failed',
  status: null,
  signal: 'SIGKILL',
  timedOut: true,
  milliseconds: 60_001,
  output: 'waiting\n',
};
const REPORT: HealthReport = {
  version: 1,
  time: '2026-11-23T12:00:00Z',
  result: 'failed',
  checks: [CHECK],
};

test('a report is read as it was written', () => {
  assert.deepEqual(parseHealthReport(Buffer.from(printHealthReport(REPORT))), REPORT);
});

test('a report with a field of the wrong kind is refused by the name of the field', () => {
  for (const [change, field] of [
    [{ version: 2 }, 'version'],
    [{ time: 'now' }, 'time'],
    [{ result: 'ok' }, 'result'],
    [{ checks: [{ ...CHECK, level: 'both' }] }, 'checks[0].level'],
    [{ checks: [{ ...CHECK, status: -1 }] }, 'checks[0].status'],
  ] as const) {
    const bytes = Buffer.from(JSON.stringify({ ...REPORT, ...change }));
    assert.throws(
      () => parseHealthReport(bytes),
      (error: Error) => error.message.includes(`${field}:`),
      field,
    );
  }
});

test('only a required check that failed makes the result bad', () => {
  const wanted = { ...CHECK, level: 'wanted' } as const;
  assert.equal(overallResult([]), 'good');
  assert.equal(overallResult([wanted, { ...CHECK, result: 'skipped' }]), 'good');
  assert.equal(overallResult([wanted, CHECK]), 'failed');
});

test('the schema has the fields of a report, and asks for those that are always there', () => {
  const schema = JSON.parse(fs.readFileSync(SCHEMA, 'utf8')) as Schema;
  assert.deepEqual(Object.keys(schema.properties ?? {}), Object.keys(REPORT));
  assert.deepEqual(schema.required, Object.keys(REPORT));
  const check = schema.properties?.['checks']?.items;
  assert.deepEqual(Object.keys(check?.properties ?? {}), Object.keys(CHECK));
  const always = Object.keys(CHECK).filter((name) => name !== 'signal');
  assert.deepEqual(check?.required, always);
});

interface Schema {
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly required?: readonly string[];
}

/**
 * The page of a small report, byte for byte. `ROOTSEAL_WRITE_GOLDEN=1` writes what there is now; look at it in a browser
 * before it is committed.
 */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { test } from 'node:test';
import { renderReport } from '../../src/cli/render/report/report-page.js';
import { sampleFacts } from '../helpers/report-facts.js';

// This file runs from dist/test/golden.
const PAGE = new URL('../../../test/golden/assets/report.html', import.meta.url);

test('the page of a small report has these bytes', () => {
  const page = renderReport(sampleFacts(), '1.2.3');
  if (process.env['ROOTSEAL_WRITE_GOLDEN'] === '1') fs.writeFileSync(PAGE, page);
  assert.equal(page, fs.readFileSync(PAGE, 'utf8'));
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  decodeFlagVariable,
  decodeTextVariable,
  VARIABLE_SIZE_MAX,
} from '../../../../src/formats/boot-loader/loader-variable.js';

const ATTRIBUTES = Buffer.from([7, 0, 0, 0]);
const file = (value: Buffer): Buffer => Buffer.concat([ATTRIBUTES, value]);
const text = (value: string): Buffer => file(Buffer.from(value, 'utf16le'));

test('a text ends at its NUL', () => {
  assert.equal(decodeTextVariable(text('rootseal-os-1.conf\0')), 'rootseal-os-1.conf');
  assert.equal(decodeTextVariable(text('a\0b\0')), 'a');
  assert.equal(decodeTextVariable(text('é\0')), 'é');
  assert.equal(decodeTextVariable(text('no end')), 'no end');
  assert.equal(decodeTextVariable(text('\0')), '');
});

test('a file without value, half a character, or without bounds is not text', () => {
  assert.equal(decodeTextVariable(Buffer.alloc(0)), undefined);
  assert.equal(decodeTextVariable(ATTRIBUTES), undefined);
  assert.equal(decodeTextVariable(file(Buffer.from('abc'))), undefined);
  assert.equal(decodeTextVariable(file(Buffer.alloc(VARIABLE_SIZE_MAX))), undefined);
});

test('a switch is one byte', () => {
  assert.equal(decodeFlagVariable(file(Buffer.from([0]))), false);
  assert.equal(decodeFlagVariable(file(Buffer.from([1]))), true);
  assert.equal(decodeFlagVariable(file(Buffer.from([1, 0]))), undefined);
  assert.equal(decodeFlagVariable(ATTRIBUTES), undefined);
});

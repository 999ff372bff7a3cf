import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseSysusers } from '../../../src/formats/sysusers.js';
import { systemdWords } from '../../../src/formats/systemd-words.js';
import { tmpfilesPaths } from '../../../src/formats/tmpfiles.js';

test('words are taken out of their quotes, and comments have none', () => {
  assert.deepEqual(systemdWords(`  d  "/a b"\t'/c "d'  /e\\x20f  `), [
    'd',
    '/a b',
    '/c "d',
    '/e f',
  ]);
  assert.deepEqual(systemdWords('# d /a'), []);
  assert.deepEqual(systemdWords('; d /a'), []);
  assert.deepEqual(systemdWords(''), []);
});

test('lines that make something are told from those that adjust, remove or differ by machine', () => {
  const lines = [
    ...[
      'd /made',
      'L+ /link - - - - /x',
      'q! /volume/ -',
      'f^= /file',
      'v "/with space"',
      'p /fifo',
    ],
    ...['z /adjusted', 'Z /all', 'x /left', 'R! /removed', 'e /emptied', 'w /written', 'a+ /acl'],
    `d /${'a/'.repeat(3000)}`,
    ...['d /home/%u', 'd relative', 'd /100%%', 'C /copied - - - - /usr/share/factory', ''],
  ];
  assert.deepEqual(tmpfilesPaths(lines), {
    made: ['/made', '/link', '/volume', '/file', '/with space', '/fifo', '/100%', '/copied'],
    whole: ['/copied'],
  });
});

test('users bring a group of their name, unless they are given another one', () => {
  const { users, groups } = parseSysusers([
    'u one 5 "One"',
    'u! two -:mail',
    'u three 7:8',
    'g four',
    'm five six',
    'r - 500-900',
  ]);
  assert.deepEqual([...users], ['one', 'two', 'three', 'five']);
  assert.deepEqual([...groups], ['one', 'four', 'six']);
});

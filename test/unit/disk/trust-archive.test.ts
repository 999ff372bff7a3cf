/** The archive with the trust manifest, unpacked by cpio(1). */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { DirectoryFiles } from '../../../src/disk/image-files.js';
import {
  readTrustManifest,
  trustManifestArchive,
} from '../../../src/disk/initramfs/trust-archive.js';
import { encodeTrustManifest } from '../../../src/formats/seal/trust-manifest.js';
import { scratchDirectory } from '../../helpers/scratch.js';

test('the manifest of a tree has the files that count there, and its archive has it alone', async (t) => {
  const tree = scratchDirectory(t);
  const write = (path: string, content: string): void => {
    fs.mkdirSync(join(tree, path, '..'), { recursive: true });
    fs.writeFileSync(join(tree, path), content);
  };
  write('etc/rootseal/setup-root.conf', '[verify]\nmode=seal\n');
  write('usr/lib/rootseal/setup-root.conf', '[verify]\nmode=none\n');
  write('etc/rootseal/keys.d/README', 'not a key');
  write('etc/rootseal/keys.d/b.pub', '# b\n');
  write('usr/lib/rootseal/keys.d/a.pub', '# a\n');
  write('usr/lib/rootseal/revoked.d/list', '00000000\n');
  const files = new DirectoryFiles(tree);
  t.after(() => {
    files.close();
  });
  const manifest = await readTrustManifest(files, 'quiet');
  const content = encodeTrustManifest(manifest);
  assert.deepEqual(content.toString().match(/(?<=^file [0-9]+ ).*$/gm), [
    '/etc/rootseal/keys.d/b.pub',
    '/etc/rootseal/setup-root.conf',
    '/usr/lib/rootseal/keys.d/a.pub',
    '/usr/lib/rootseal/revoked.d/list',
  ]);

  const archive = trustManifestArchive(manifest);
  assert.ok(archive.equals(trustManifestArchive(manifest)));
  const into = scratchDirectory(t);
  execFileSync('cpio', ['-idm', '--quiet', '--no-absolute-filenames'], {
    cwd: into,
    input: archive,
  });
  assert.deepEqual(fs.readdirSync(into, { recursive: true }).map(String).sort(), [
    'usr',
    'usr/lib',
    'usr/lib/rootseal',
    'usr/lib/rootseal/trust-manifest',
  ]);
  const unpacked = join(into, 'usr/lib/rootseal/trust-manifest');
  assert.ok(fs.readFileSync(unpacked).equals(content));
  assert.equal(fs.statSync(unpacked).mode & 0o7777, 0o644);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { namePackages, packageUrl } from '../../../../src/formats/attestation/package-url.js';
import type { Package } from '../../../../src/formats/packages/package.js';
import { PACKAGES } from '../../../helpers/attested-release.js';

const DEBIAN = { id: 'debian', versionId: '13' };

const CASES: readonly (readonly [
  string,
  Package,
  { id: string; versionId?: string } | undefined,
])[] = [
  [
    'pkg:deb/debian/libstdc%2B%2B6@1:14~rc1-2%2Bdeb13u1?arch=amd64&distro=debian-13',
    { manager: 'dpkg', name: 'libstdc++6', version: '1:14~rc1-2+deb13u1', architecture: 'amd64' },
    DEBIAN,
  ],
  [
    'pkg:rpm/fedora/curl@7.50.3-1.fc25?arch=i386&distro=fedora-25&epoch=2',
    { manager: 'rpm', name: 'curl', version: '2:7.50.3-1.fc25', architecture: 'i386' },
    { id: 'fedora', versionId: '25' },
  ],
  [
    'pkg:apk/alpine/busybox@1.37.0-r12?arch=x86_64&distro=alpine-3.21.0',
    { manager: 'apk', name: 'busybox', version: '1.37.0-r12', architecture: 'x86_64' },
    { id: 'alpine', versionId: '3.21.0' },
  ],
  [
    'pkg:alpm/arch/pacman@7.0.0-1?arch=x86_64&distro=arch',
    { manager: 'pacman', name: 'pacman', version: '7.0.0-1', architecture: 'x86_64' },
    { id: 'arch' },
  ],
  [
    'pkg:deb/a%28%27%2A%21%29%2F%3F%23%40@1?arch=all',
    { manager: 'dpkg', name: "a('*!)/?#@", version: '1', architecture: 'all' },
    undefined,
  ],
];

for (const [url, one, os] of CASES)
  test(`the package URL of ${one.name} is ${url}`, () => {
    assert.equal(packageUrl(one, os), url);
  });

test('a list has each package once, in the order of the bytes of the URLs', () => {
  const urls = namePackages([...PACKAGES, ...PACKAGES], DEBIAN).map(({ url }) => url);
  assert.equal(urls.length, PACKAGES.length);
  assert.deepEqual(urls, [...urls].sort());
});

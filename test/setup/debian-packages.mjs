/**
 * The programs of other people that tests and demo run, with the Debian package each comes in and what is lost
 * without it. `present` is a program in PATH, or a file when it starts with a slash. `forTree` marks what the demo
 * needs only to build its tree, `forUsers` what root does not need.
 */

const shared = [
  { package: 'util-linux', present: 'unshare', lost: 'mounting in a private mount namespace' },
  { package: 'mount', present: 'losetup', lost: 'mounting' },
  { package: 'git', present: 'git', lost: 'where a tree comes from (provenance)' },
];

/** For `make -C initramfs`. */
const bootProgram = [
  {
    package: 'systemd',
    present: 'systemd-analyze',
    lost: 'the check of the units of the initramfs',
  },
  { package: 'make', present: 'make', lost: 'the boot program and its tests' },
  { package: 'gcc', present: 'cc', lost: 'the boot program and its tests' },
  { package: 'libc6-dev', present: '/usr/include/stdio.h', lost: 'the boot program and its tests' },
  {
    package: 'libsodium-dev',
    present: '/usr/include/sodium.h',
    lost: 'the boot program and its tests',
  },
  { package: 'musl-tools', present: 'musl-gcc', lost: 'the boot program in its small form' },
];

/** For `rootseal disk build`. */
const diskTools = [
  { package: 'e2fsprogs', present: 'mkfs.ext4', lost: 'file systems of their own and disk images' },
  { package: 'dosfstools', present: 'mkfs.vfat', lost: 'disk images' },
  { package: 'mtools', present: 'mcopy', lost: 'disk images' },
  { package: 'fdisk', present: 'sfdisk', lost: 'disk images' },
];

/** For virtual machines; also in the demo. */
const machines = [
  { package: 'qemu-system-x86', present: 'qemu-system-x86_64', lost: 'starting virtual machines' },
  {
    package: 'ovmf',
    present: '/usr/share/OVMF/OVMF_CODE_4M.fd',
    lost: 'starting virtual machines by firmware and boot loader',
  },
];

/** For unpacking packages of another Debian release, and for the definitions in `images/`. */
export const unpackPackages = [
  { package: 'mmdebstrap', present: 'mmdebstrap', lost: 'unpacking other releases of Debian' },
  {
    package: 'debian-archive-keyring',
    present: '/usr/share/keyrings/debian-archive-trixie-stable.gpg',
    lost: 'checking what is unpacked',
  },
];

const UML = 'tests with fs-verity in User Mode Linux';

/** For building the kernel of test/vm/uml and for starting it. */
export const umlPackages = [
  { package: 'gcc', present: 'gcc', lost: UML },
  { package: 'libc6-dev', present: '/usr/include/stdio.h', lost: UML },
  { package: 'make', present: 'make', lost: UML },
  { package: 'flex', present: 'flex', lost: UML },
  { package: 'bison', present: 'bison', lost: UML },
  { package: 'bc', present: 'bc', lost: UML },
  { package: 'xz-utils', present: 'xz', lost: UML },
  { package: 'perl-base', present: 'perl', lost: UML },
  { package: 'e2fsprogs', present: 'mkfs.ext4', lost: UML },
  { package: 'btrfs-progs', present: 'mkfs.btrfs', lost: UML },
];

/** For `npm test`. */
export const testPackages = [
  ...shared,
  { package: 'tar', present: 'tar', lost: 'tests that compare with GNU tar' },
  { package: 'zstd', present: 'zstd', lost: 'tests of trees from tar.zst' },
  { package: 'xz-utils', present: 'xz', lost: 'tests of trees from tar.xz' },
  { package: 'cpio', present: 'cpio', lost: 'tests that unpack an initramfs' },
  { package: 'attr', present: 'setfattr', lost: 'tests that compare extended attributes' },
  { package: 'acl', present: 'setfacl', lost: 'tests of trees with access control lists' },
  {
    package: 'erofs-utils',
    present: 'fsck.erofs',
    lost: 'tests that ask fsck.erofs about our images',
  },
  { package: 'fsverity', present: 'fsverity', lost: 'tests that compare with fsverity-utils' },
  { package: 'jq', present: 'jq', lost: 'the test that runs the how-tos' },
  { package: 'xxd', present: 'xxd', lost: 'the test that runs the how-tos' },
  { package: 'curl', present: 'curl', lost: 'the test that runs the how-tos' },
  { package: 'python3', present: 'python3', lost: 'tests that write odd archives with Python' },
  ...diskTools,
  { package: 'openssl', present: 'openssl', lost: 'tests that compare keys and signatures' },
  { package: 'openssh-client', present: 'ssh-keygen', lost: 'tests of OpenSSH keys' },
  {
    package: 'strace',
    present: 'strace',
    lost: 'the test of the order in which a commit is written',
  },
  ...bootProgram,
  ...unpackPackages,
  ...machines,
  { package: 'kmod', present: 'depmod', lost: 'tests that boot the tiny image' },
  { package: 'man-db', present: 'man', lost: 'the check of the manual pages' },
  { package: 'groff-base', present: 'groff', lost: 'the check of the manual pages' },
];

/** For `npm run demo`. */
export const demoPackages = [
  ...shared,
  {
    package: 'uidmap',
    present: 'newuidmap',
    lost: 'building the Debian tree without being root',
    forTree: true,
    forUsers: true,
  },
  ...[...bootProgram, ...unpackPackages].map((entry) => ({ ...entry, forTree: true })),
  ...diskTools,
  ...machines,
  { package: 'erofs-utils', present: 'fsck.erofs', lost: 'what fsck.erofs says about the image' },
  { package: 'fsverity', present: 'fsverity', lost: 'what fsverity-utils say about the image' },
];

/**
 * The programs of other people that tests and demo run, with the Debian package each comes in and what is lost
 * without it. There is one list, so that nobody lacks what somebody else's list has; groups are taken out of it by mark.
 *
 * `present` is a program in PATH, or a file when it starts with a slash. `marks` say what cannot be done at all without it:
 *   tree    building the Debian tree, with which the demo begins
 *   unpack  unpacking packages of another Debian release
 *   uml     building the kernel of test/vm/uml and starting it
 * `forUsers` is what root does not need.
 */
const BOOT = 'the boot program and its tests';
const DISK = 'disk images';
const UML = 'tests with fs-verity in User Mode Linux';

export const debianPackages = [
  {
    package: 'ca-certificates',
    present: '/etc/ssl/certs/ca-certificates.crt',
    lost: 'fetching npm packages with a Node of Debian',
  },
  { package: 'util-linux', present: 'unshare', lost: 'mounting in a private mount namespace' },
  { package: 'mount', present: 'losetup', lost: 'mounting' },
  { package: 'git', present: 'git', lost: 'where a tree comes from (provenance)' },
  {
    package: 'uidmap',
    present: 'newuidmap',
    lost: 'building the Debian tree without being root',
    marks: ['tree'],
    forUsers: true,
  },

  // `make -C initramfs`, and with it every image.
  {
    package: 'systemd',
    present: 'systemd-analyze',
    lost: 'the check of the units of the initramfs',
    marks: ['tree'],
  },
  { package: 'make', present: 'make', lost: BOOT, marks: ['tree', 'uml'] },
  { package: 'gcc', present: 'cc', lost: BOOT, marks: ['tree'] },
  { package: 'gcc', present: 'gcc', lost: UML, marks: ['uml'] },
  {
    package: 'libc6-dev',
    present: '/usr/include/stdio.h',
    lost: BOOT,
    marks: ['tree', 'uml'],
  },
  { package: 'libsodium-dev', present: '/usr/include/sodium.h', lost: BOOT, marks: ['tree'] },
  {
    package: 'musl-tools',
    present: 'musl-gcc',
    lost: 'the boot program in its small form',
    marks: ['tree'],
  },
  {
    package: 'mmdebstrap',
    present: 'mmdebstrap',
    lost: 'unpacking other releases of Debian',
    marks: ['tree', 'unpack'],
  },
  {
    package: 'debian-archive-keyring',
    present: '/usr/share/keyrings/debian-archive-trixie-stable.gpg',
    lost: 'checking what is unpacked',
    marks: ['tree', 'unpack'],
  },
  {
    package: 'kmod',
    present: 'depmod',
    lost: 'images/tiny, and every test and part that boots it',
  },

  // `rootseal disk build`, and file systems of their own.
  {
    package: 'e2fsprogs',
    present: 'mkfs.ext4',
    lost: `file systems of their own and ${DISK}`,
    marks: ['uml'],
  },
  {
    package: 'systemd-boot-efi',
    present: '/usr/lib/systemd/boot/efi',
    lost: 'the how-to for machines under Secure Boot',
  },
  { package: 'dosfstools', present: 'mkfs.vfat', lost: DISK },
  { package: 'mtools', present: 'mcopy', lost: DISK },
  { package: 'fdisk', present: 'sfdisk', lost: DISK },

  {
    package: 'gcc-aarch64-linux-gnu',
    present: 'aarch64-linux-gnu-gcc',
    lost: 'packages for 64-bit ARM',
  },
  {
    package: 'libc6-dev-arm64-cross',
    present: '/usr/aarch64-linux-gnu/include/asm/unistd.h',
    lost: 'packages for 64-bit ARM',
  },
  {
    package: 'qemu-user-static',
    present: 'qemu-aarch64-static',
    lost: 'tests of the packages for 64-bit ARM',
  },
  { package: 'qemu-system-x86', present: 'qemu-system-x86_64', lost: 'starting virtual machines' },
  {
    package: 'ovmf',
    present: '/usr/share/OVMF/OVMF_CODE_4M.fd',
    lost: 'starting virtual machines by firmware and boot loader',
  },
  { package: 'swtpm', present: 'swtpm', lost: 'machines with a TPM' },
  { package: 'cryptsetup-bin', present: 'cryptsetup', lost: 'encrypted disks for machines' },
  { package: 'flex', present: 'flex', lost: UML, marks: ['uml'] },
  { package: 'bison', present: 'bison', lost: UML, marks: ['uml'] },
  { package: 'bc', present: 'bc', lost: UML, marks: ['uml'] },
  { package: 'perl-base', present: 'perl', lost: UML, marks: ['uml'] },
  { package: 'btrfs-progs', present: 'mkfs.btrfs', lost: UML, marks: ['uml'] },
  {
    package: 'xz-utils',
    present: 'xz',
    lost: `tests of trees from tar.xz, and ${UML}`,
    marks: ['uml'],
  },

  // What others say about the same thing.
  { package: 'erofs-utils', present: 'fsck.erofs', lost: 'what fsck.erofs says about our images' },
  { package: 'fsverity', present: 'fsverity', lost: 'what fsverity-utils say about our images' },
  { package: 'tar', present: 'tar', lost: 'tests that compare with GNU tar' },
  { package: 'libarchive-tools', present: 'bsdtar', lost: 'tests that compare with bsdtar' },
  { package: 'zstd', present: 'zstd', lost: 'tests of trees from tar.zst' },
  { package: 'cpio', present: 'cpio', lost: 'tests that unpack an initramfs' },
  { package: 'attr', present: 'setfattr', lost: 'tests that compare extended attributes' },
  { package: 'acl', present: 'setfacl', lost: 'tests of trees with access control lists' },
  { package: 'chromium', present: 'chromium', lost: 'the test of the page of a report' },
  { package: 'jq', present: 'jq', lost: 'the test that runs the how-tos' },
  { package: 'xxd', present: 'xxd', lost: 'the test that runs the how-tos' },
  { package: 'curl', present: 'curl', lost: 'the test that runs the how-tos' },
  { package: 'python3', present: 'python3', lost: 'tests that write odd archives with Python' },
  { package: 'openssl', present: 'openssl', lost: 'tests that compare keys and signatures' },
  {
    package: 'sbsigntool',
    present: 'sbverify',
    lost: 'tests that compare signatures for Secure Boot',
  },
  {
    package: 'osslsigncode',
    present: 'osslsigncode',
    lost: 'tests that compare signatures for Secure Boot',
  },
  {
    package: 'efitools',
    present: 'sign-efi-sig-list',
    lost: 'tests that compare variables of Secure Boot',
  },
  { package: 'rpm', present: 'rpm', lost: "tests that read rpm's databases and compare versions" },
  {
    package: 'pacman-package-manager',
    present: 'pacman',
    lost: 'the test that compares versions with libalpm',
  },
  { package: 'openssh-client', present: 'ssh-keygen', lost: 'tests of OpenSSH keys' },
  { package: 'gpg', present: 'gpg', lost: 'the test of seals by an agent of GnuPG' },
  { package: 'gpg-agent', present: 'gpg-agent', lost: 'the test of seals by an agent of GnuPG' },
  { package: 'less', present: 'less', lost: 'the test of the pager' },
  { package: 'tmux', present: 'tmux', lost: 'tests of what stands on a terminal' },
  { package: 'zsh', present: 'zsh', lost: 'the test of completion in zsh' },
  { package: 'fish', present: 'fish', lost: 'the test of completion in fish' },
  {
    package: 'strace',
    present: 'strace',
    lost: 'the test of the order in which a commit is written',
  },
  { package: 'man-db', present: 'man', lost: 'the check of the manual pages' },
  { package: 'groff-base', present: 'groff', lost: 'the check of the manual pages' },
];

/** Those of the list that have a mark. */
export function packagesFor(mark) {
  return debianPackages.filter(({ marks = [] }) => marks.includes(mark));
}

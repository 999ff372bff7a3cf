/** What `npm test` and `npm run demo` need on this machine before they begin. Both get the same. */
import { ensureDebianPackages } from './apt.mjs';
import { ensureAttestationTools } from './attestation-tools.mjs';
import { ensureComposefsTools } from './composefs.mjs';
import { debianPackages } from './debian-packages.mjs';
import { ensureEmulator } from './emulator.mjs';
import { ensureNodeModules } from './npm.mjs';
import { runOrFail, step } from './steps.mjs';
import { ensureUkiTools } from './uki-tools.mjs';
import { ensureUmlKernel } from './uml.mjs';

/**
 * Debian packages come first: npm may need certificates that one of them has.
 *
 * @returns {Promise<typeof debianPackages>} the Debian packages that are still missing
 */
export async function setUp() {
  const isRoot = process.getuid() === 0;
  const wanted = debianPackages.filter(({ forUsers }) => !(forUsers && isRoot));
  const missing = await step('Debian packages', () => ensureDebianPackages(wanted));
  await step('npm packages', ensureNodeModules);
  return missing;
}

/** For whatever starts machines in QEMU, which finds it through the environment. */
export async function setUpEmulator() {
  const emulator = await step('emulator', ensureEmulator);
  if (emulator === undefined) return;
  process.env.ROOTSEAL_TEST_QEMU ??= emulator.program;
  process.env.ROOTSEAL_TEST_FIRMWARE ??= emulator.firmware;
}

export function compile() {
  return step('compile (tsc -b)', () =>
    runOrFail(process.execPath, ['node_modules/typescript/bin/tsc', '-b']),
  );
}

/**
 * What these test files need. Tools and kernel are found by them through the environment.
 *
 * @param {string[]} files
 * @returns {Promise<typeof debianPackages>} the Debian packages that are still missing
 */
export async function setUpTests(files) {
  const missing = await setUp();
  if (files.some((file) => /interop\/composefs|howto\/release/.test(file))) {
    const tools = await step('tools of composefs', ensureComposefsTools);
    if (tools !== undefined) process.env.COMPOSEFS_TOOLS = tools;
  }
  if (files.some((file) => /interop\/ukify/.test(file))) {
    const tools = await step('tools for unified kernel images', ensureUkiTools);
    if (tools !== undefined) process.env.ROOTSEAL_TEST_UKI_TOOLS = tools;
  }
  if (files.some((file) => /interop\/attestations/.test(file))) {
    const tools = await step('tools for attestations', ensureAttestationTools);
    if (tools !== undefined) process.env.ROOTSEAL_TEST_ATTESTATION_TOOLS = tools;
  }
  if (
    files.some((file) =>
      /vm\/(?:uml|btrfs|upgrade|encrypted|secure-boot\/sealed)|howto\/administrator/.test(file),
    )
  ) {
    const kernel = await step('kernel of the UML bench', ensureUmlKernel);
    if (kernel !== undefined) process.env.ROOTSEAL_UML_KERNEL = kernel;
  }
  if (files.some((file) => /test\/(?:vm|howto)\//.test(file))) await setUpEmulator();
  await compile();
  return missing;
}

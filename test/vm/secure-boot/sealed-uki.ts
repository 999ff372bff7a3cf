/** The tiny image with what a machine under Secure Boot wants: arguments of its own, and keys of the machine's owner. */
import fs from 'node:fs';
import { join } from 'node:path';
import { cached } from '../qemu/cache.js';
import { KERNEL_ARGUMENTS } from '../qemu/kernel-arguments.js';
import { run } from '../qemu/programs.js';
import { ingredientsOf, rootseal, SEQUENCE, tiny, type SealedImage } from '../qemu/sealed.js';
import { Owner } from './owner.js';

const DIRECTORY = 'test/vm/secure-boot';

export interface SealedUki {
  readonly owner: Owner;
  readonly tree: string;
  readonly repository: string;
  /** It starts the image below, and brings the keys to a machine that has none. */
  readonly disk: string;
  readonly image: string;
  readonly hex: string;
  readonly kernel: string;
  /** Its unified kernel image, as `uki build` made and signed it. */
  readonly uki: string;
  readonly osRelease: string;
  /** Folder with stubs and boot loader. */
  readonly boot: string;
  readonly release: string;
  readonly commandLine: string;
}

/** Makes it, or finds it. */
export function sealedUki(): SealedUki {
  const base = tiny();
  const ingredients = [
    ...ingredientsOf('tiny'),
    ...['sealed-uki.ts', 'owner.ts'].map((name) => `${DIRECTORY}/${name}`),
    // The image that is there: one that was made again has other keys.
    `=${base.commit}`,
  ];
  const directory = cached('secure-boot', ingredients, (work) => {
    make(base, work);
  });
  return describe(base, directory);
}

function make(base: SealedImage, work: string): void {
  const keys = join(work, 'keys');
  Owner.make(keys);
  const tree = join(work, 'tree');
  run('cp', ['-a', '--reflink=auto', base.tree, tree]);
  const folder = join(tree, 'usr/lib/rootseal/kargs.d');
  fs.mkdirSync(folder);
  fs.writeFileSync(
    join(folder, '10-console.toml'),
    `kargs = ${JSON.stringify(KERNEL_ARGUMENTS)}\n`,
  );
  const repository = join(work, 'repository');
  rootseal('init', repository);
  rootseal(
    ...['commit', tree, '-b', 'main', '--repo', repository, '--name', 'tiny'],
    ...['--time', `@${SEQUENCE}`, '--release-version', '1', '--sequence', String(SEQUENCE)],
    ...['--key', base.keyFile('first')],
  );
  const owner = new Owner(keys);
  const signer = ['--cert', owner.certificateFile('db'), '--key', owner.keyFile('db')];
  rootseal('uki', 'build', 'main', '--repo', repository, ...signer);
  rootseal(
    ...['disk', 'build', 'main', '--repo', repository, '--out', join(work, 'disk.img')],
    ...['--uki', '--cert', owner.certificateFile('db'), '--secure-boot-keys', keys],
    ...['--esp-size', '384M', '--tries', '0'],
  );
}

function describe(base: SealedImage, directory: string): SealedUki {
  const repository = join(directory, 'repository');
  const commit = rootseal('rev-parse', 'main', '--repo', repository).trim();
  const text = fs.readFileSync(join(repository, 'commits', commit), 'utf8');
  const { image } = JSON.parse(text) as { image: string };
  const [release = ''] = fs.readdirSync(join(base.tree, 'usr/lib/modules'));
  return {
    owner: new Owner(join(directory, 'keys')),
    tree: base.tree,
    repository,
    disk: join(directory, 'disk.img'),
    image,
    hex: image.slice(image.indexOf(':') + 1),
    kernel: base.kernel,
    uki: join(repository, 'ukis', commit),
    osRelease: join(base.tree, 'usr/lib/os-release'),
    boot: join(base.tree, 'usr/lib/systemd/boot/efi'),
    release,
    commandLine: [`composefs.digest=${image}`, ...KERNEL_ARGUMENTS].join(' '),
  };
}

/** The files of the package `rootseal-images`. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const IMAGES = join(import.meta.dirname, '../images');

export function stageDefinitions(stage) {
  stage.copy(IMAGES, 'usr/share/rootseal/images');
  stage.link('usr/share/doc/rootseal-images/examples', '../../rootseal/images');
  const own = readFileSync(join(import.meta.dirname, 'debian/rootseal-images.copyright'));
  stage.write('usr/share/doc/rootseal-images/copyright', own);
}

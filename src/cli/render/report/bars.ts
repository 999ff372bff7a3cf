/** Bars: pictures of numbers that stand beside them as text, so they are nothing for who listens. */
import { element, type Html } from '../../../formats/html/element.js';

export interface BarPart {
  readonly className: 'added' | 'modified' | 'deleted';
  readonly value: number;
}

const WIDTH = 1000;

/** @param largest the value that is as long as the bar's place */
export function bar(parts: readonly BarPart[], largest: number): Html {
  let [sum, at] = [0, 0];
  const rects: Html[] = [];
  for (const { className, value } of parts) {
    sum += value;
    const end = largest === 0 ? 0 : Math.round((WIDTH * sum) / largest);
    // What is there is seen, however little it is.
    const width = Math.max(end - at, value > 0 ? 3 : 0);
    if (width > 0) rects.push(element('rect', { class: className, x: at, width, height: 8 }));
    at += width;
  }
  const shape = { viewBox: `0 0 ${WIDTH} 8`, preserveAspectRatio: 'none' };
  return element('svg', { class: 'bar', ...shape, 'aria-hidden': 'true' }, rects);
}

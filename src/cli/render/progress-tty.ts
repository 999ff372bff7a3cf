/** Progress for people: one line that is written over, shown only when the work takes longer than a second. */
import type { Progress, ProgressEvent } from '../../util/progress.js';
import { stopAtProgress } from '../../util/stop-point.js';
import type { Streams } from '../../util/streams.js';
import { progressLine, Rate, workingLine } from './progress-line.js';

const DELAY_MS = 1000;
const INTERVAL_MS = 100;
/** How often the line is written while nothing is told: a rate falls when nothing happens. */
const IDLE_MS = 500;
/** Of a terminal that does not say how wide it is. */
const COLUMNS_DEFAULT = 80;

/** The terminal, and the time. */
export interface ProgressPlace {
  readonly streams: Pick<Streams, 'progress' | 'isProgressShown' | 'isResultShown'>;
  /** Undefined or 0 when it is not known. */
  readonly columns: () => number | undefined;
  /** Milliseconds. */
  readonly now: () => number;
  /** Has this called now and then, until the process ends. */
  readonly repeat: (action: () => void, milliseconds: number) => void;
  /** Has this called whenever the terminal gets another width. */
  readonly onResize: (action: () => void) => void;
}

/**
 * @param doing what is done, in words, for as long as the work tells nothing of itself; without it nothing is shown then
 */
export function terminalProgress(place: ProgressPlace, doing: string | undefined): Progress {
  const line = new ProgressLine(place, doing);
  place.onResize(() => {
    line.redraw();
  });
  place.repeat(() => {
    line.tick();
  }, IDLE_MS);
  return (event) => {
    line.take(event);
  };
}

class ProgressLine {
  private readonly place: ProgressPlace;
  private readonly doing: string | undefined;
  private readonly began: number;
  private last: ProgressEvent | undefined;
  private rate: Rate | undefined;
  private drawn = -Infinity;
  /** Whether the latest event was ever shown: then only what stands on the screen is renewed. */
  private isNew = true;

  constructor(place: ProgressPlace, doing: string | undefined) {
    this.place = place;
    this.doing = doing;
    this.began = place.now();
  }

  take(event: ProgressEvent): void {
    const time = this.place.now();
    const isSame = this.last?.task === event.task && this.last.file === event.file;
    if (!isSame || this.rate === undefined) this.rate = new Rate(time, event.done);
    this.rate.add(time, event.done);
    this.last = event;
    this.isNew = true;
    if (time - this.began >= DELAY_MS && time - this.drawn >= INTERVAL_MS) this.draw(time);
  }

  tick(): void {
    const time = this.place.now();
    if (time - this.began < DELAY_MS || time - this.drawn < INTERVAL_MS) return;
    if (this.last !== undefined) this.rate?.add(time, this.last.done);
    // What comes after a step that is done may be long, and tell nothing.
    if (this.last?.done === this.last?.total) this.last = undefined;
    if (this.isNew || this.place.streams.isProgressShown) this.draw(time);
  }

  redraw(): void {
    if (this.place.streams.isProgressShown) this.draw(this.place.now());
  }

  private draw(time: number): void {
    const { last, rate, doing } = this;
    const known = this.place.columns() ?? 0;
    // The last cell of a line is left alone: terminals differ in what they do after it.
    const columns = (known === 0 ? COLUMNS_DEFAULT : known) - 1;
    this.isNew = false;
    this.drawn = time;
    if (last !== undefined && rate !== undefined)
      this.place.streams.progress(progressLine(last, rate, columns));
    else if (doing !== undefined && !this.place.streams.isResultShown)
      this.place.streams.progress(workingLine(doing, time - this.began, columns));
    else return;
    stopAtProgress();
  }
}

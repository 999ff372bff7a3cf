/** Places in a tree that files of systemd make. As large as their paths, however many parts those have. */
export class PathPlaces {
  private readonly sorted: readonly string[];
  private readonly whole: ReadonlySet<string>;

  /**
   * @param made each with those above it
   * @param whole each with all that is below
   */
  constructor(made: readonly string[], whole: readonly string[]) {
    this.sorted = [...made, ...whole].sort();
    this.whole = new Set(whole);
  }

  /** Whether an absolute path is one of the places, or one with them. */
  has(path: string): boolean {
    if (this.firstFrom(path) === path) return true;
    if (this.firstFrom(`${path}/`)?.startsWith(`${path}/`) === true) return true;
    for (let end = path.lastIndexOf('/'); end > 0; end = path.lastIndexOf('/', end - 1))
      if (this.whole.has(path.slice(0, end))) return true;
    return false;
  }

  /** The first place that is not before the path. */
  private firstFrom(path: string): string | undefined {
    let [low, high] = [0, this.sorted.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.sorted[middle] ?? '') < path) low = middle + 1;
      else high = middle;
    }
    return this.sorted[low];
  }
}

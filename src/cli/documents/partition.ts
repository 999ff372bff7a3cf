/** A partition in documents for programs: where it begins and how long it is, in bytes. */
interface Partition {
  readonly start: number;
  readonly size: number;
}

export function documentOfPartition<P extends Partition>({ start, size, ...others }: P) {
  return { ...others, startBytes: start, bytes: size };
}

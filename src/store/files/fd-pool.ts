/** Bounds the descriptors that writers keep open between commits: the least recently used idle ones close. */
export interface Closable {
  readonly open: boolean;
  readonly closable: boolean;
  close(): void;
}

export class FdPool {
  /** In order of use, the least recent first. */
  private readonly files = new Set<Closable>();

  constructor(private readonly max: number) {}

  get size(): number {
    return this.files.size;
  }

  used(file: Closable): void {
    this.files.delete(file);
    if (!file.open) return;
    this.files.add(file);
    if (this.files.size > this.max) this.closeIdle();
  }

  closed(file: Closable): void {
    if (!file.open) this.files.delete(file);
  }

  private closeIdle(): void {
    for (const file of this.files) {
      if (this.files.size <= this.max) return;
      if (!file.closable) continue;
      file.close();
      this.files.delete(file);
    }
  }
}

import fs from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { CatalogFolder } from '../../src/catalog/catalog-folder.js';
import { temporaryFolder } from '../kit/files/temporary-folder.js';

const dataDir = temporaryFolder();

it('takes no file for an earlier one, although it has its inode, its size and its bytes', () => {
  const folder = new CatalogFolder(dataDir(), 1);
  folder.prepare();
  expect(folder.identity()).toBeNull();
  fs.writeFileSync(folder.file, 'catalog');
  const first = folder.identity();
  fs.writeFileSync(folder.file, 'changed in place');
  expect(folder.identity()).toBe(first);
  awaitTick(fs.statSync(folder.file, { bigint: true }).birthtimeNs);
  fs.rmSync(folder.file);
  fs.writeFileSync(folder.file, 'catalog');
  expect(folder.identity()).not.toBe(first);
  expect(folder.identity()).not.toBeNull();
});

/** Files of one tick of the kernel's clock are born at the same time. */
function awaitTick(born: bigint): void {
  const file = path.join(dataDir(), 'tick');
  for (let now = born; now === born; now = fs.statSync(file, { bigint: true }).birthtimeNs) {
    fs.rmSync(file, { force: true });
    fs.writeFileSync(file, '');
  }
}

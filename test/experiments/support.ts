import { inDependencyOrder, openWarehouse, sqlFiles, type Warehouse } from '../support/warehouse.ts';

/** A warehouse with the experiment views too. */
export function openExperiments(): Warehouse {
  const warehouse = openWarehouse();
  for (const layer of ['base', 'marts'] as const) {
    for (const file of inDependencyOrder(sqlFiles(layer))) {
      if (file.text.includes('experiment')) warehouse.run(file.text.replace(/;\s*$/, ''));
    }
  }
  return warehouse;
}

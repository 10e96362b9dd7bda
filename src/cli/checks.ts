/** What `nonsmooth doctor` checks, one thing after another. */
import { dataPlaces, dataSources, folderSources } from "../data";
import { type Check, optional } from "./checks/check";
import { engineChecks } from "./checks/engines";
import { kernelFile, programs } from "./checks/notebooks";
import { commit, diskSpace, limits, nodeVersion, places } from "./checks/system";
import { isHere } from "./data";

export type { Check } from "./checks/check";

/** All checks; each runs only when it is asked for. */
export async function* checkAll(dataDirectory?: string): AsyncGenerator<Check> {
  yield nodeVersion();
  yield limits();
  yield await diskSpace();
  yield places();
  yield commit();
  yield* engineChecks();
  for (const source of [...dataSources, ...folderSources]) {
    const ok = isHere(source, dataDirectory);
    const detail = ok ? source.summary : `not in ${dataPlaces(dataDirectory).join(", ")}`;
    const remedy = "remedy" in source ? source.remedy : `npx nonsmooth data fetch ${source.name}`;
    yield optional("datasets", source.name, ok, detail, remedy);
  }
  yield kernelFile();
  yield* programs();
}

/** The dearest nodes of a training step of VGG11 on the device. */
import { FULL, SMALL, writeStep } from "../problem";
import type { Column, Part, Row } from "../types";
import type { ProfileFacts, ProfileOptions } from "../work/profile";
import { whyNot } from "./sides";

export interface ProfileRow extends Row {
  readonly layer?: string;
  /** Milliseconds of a step. */
  readonly ms?: number;
}

const ENGINE = "onnx-webgpu";
const DEAREST = 10;

const columns: readonly Column<ProfileRow>[] = [
  { head: "node", cell: ({ what }) => what },
  { head: "layer", cell: ({ layer }) => layer ?? "" },
  {
    head: "ms a step, as the device counts",
    cell: ({ ms, missing }) => (ms === undefined ? (missing ?? "") : ms.toFixed(3)),
  },
];

export const profile: Part<ProfileRow> = {
  name: "profile",
  title: `The ${DEAREST} dearest nodes of a step of VGG11, f32, ${ENGINE}, from ONNX Runtime's profile, and all kernels together`,
  columns,
  share: 1,
  only: ENGINE,
  async run(setting, add) {
    const reason = whyNot(setting, ENGINE, "f32");
    if (reason !== undefined) return add({ what: "", engine: ENGINE, missing: reason });
    const partner = setting.ours("profile");
    try {
      const step = writeStep(setting.folder, { network: "vgg11", batchNorm: false }, setting.small ? SMALL : FULL);
      const options: ProfileOptions = { ...step, folder: setting.folder, steps: setting.small ? 2 : 10 };
      const { kernels, nodes } = await partner.prepare<ProfileFacts>(options);
      if (nodes.length === 0) return add({ what: "", engine: ENGINE, missing: "no times of kernels in the profile" });
      add({ what: "all kernels", engine: ENGINE, ms: kernels });
      for (const { name, layer, ms } of nodes.slice(0, DEAREST)) add({ what: name, layer, engine: ENGINE, ms });
    } catch (error) {
      add({ what: "", engine: ENGINE, missing: (error as Error).message });
    } finally {
      partner.close();
    }
  },
};

/** What the experiments of this folder would compute, counted in the graph of their step. */
import { dataSource } from "../../data";
import { engineRecord, referenceEngine } from "../../engines";
import { type FormatName, precisionOf } from "../../formats";
import { splitCount } from "../common/data";
import { flops } from "../common/flops";
import { processes } from "../common/jobs";
import type { Plan, PlanContext, PlannedRuns } from "../types";
import type { CourseConfig, PlaneConfig, SurpriseConfig } from "./config";
import { Course } from "./course";

/** Operations of one network's pass over the images. */
async function flopOfPass(config: CourseConfig, place: PlanContext): Promise<number> {
  const course = new Course(referenceEngine(), config, 32, dataSource(config.dataset));
  const { graph } = await course.program(config.batchSize);
  await course.dispose();
  const images = config.images ?? splitCount(config.dataset, "train", place);
  return (images / config.batchSize) * flops(graph);
}

/** A run is three networks. */
export async function planSurprise(config: SurpriseConfig, place: PlanContext): Promise<Plan> {
  const each = 3 * (await flopOfPass(config, place));
  const runs = config.precisions.map((precision) => {
    const done = place.rows.filter((row) => row.precision === precision && row.outcome !== "running").length;
    return planned(
      `${precisionOf(precision).label}, three networks`,
      precisionOf(precision).format,
      config.runs,
      done,
      each,
    );
  });
  return { runs, threads: Math.max(1, processes(engineRecord(config.engine).describe({}), place.workers)) };
}

/** The search, at most: trying ends with the first zero. The points of the plane cost little beside it. */
export async function planPlane(config: PlaneConfig, place: PlanContext): Promise<Plan> {
  const { attempts, points } = config;
  const done = place.rows.length === points ** 2 ? attempts : 0;
  const name = "initialisations, until one meets a zero: at most";
  return { runs: [planned(name, "f32", attempts, done, await flopOfPass(config, place))], threads: 1 };
}

const planned = (name: string, format: FormatName, runs: number, done: number, each: number): PlannedRuns => ({
  name,
  format,
  runs,
  done,
  flop: runs * each,
  flopDone: done * each,
});

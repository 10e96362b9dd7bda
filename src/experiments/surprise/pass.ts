/** The one pass over the images that both experiments of this folder make. */
import { dataSource } from "../../data";
import { referenceEngine } from "../../engines";
import { size } from "../../ir";
import { checkCount, splitCount } from "../common/data";
import { flops } from "../common/flops";
import { perceptronParameters, requireFits } from "../common/size";
import type { DataContext } from "../types";
import type { CourseConfig } from "./config";
import { Course } from "./course";

/** @throws NonsmoothError for more images than there are */
export function checkPass<C extends CourseConfig>(config: C, context: DataContext): C {
  const { dataset, images, batchSize, widths } = config;
  const { shape, classes } = dataSource(dataset);
  requireFits("widths", perceptronParameters(size(shape), widths, classes));
  const most = splitCount(dataset, "train", context);
  checkCount("images", images, most, dataset);
  checkCount("batchSize", batchSize, images ?? most, dataset);
  return config;
}

/** Operations of one network's pass over the images, counted in the graph of its step. */
export async function flopOfPass(config: CourseConfig, context: DataContext): Promise<number> {
  const course = new Course(referenceEngine(), config, 32, dataSource(config.dataset));
  const { graph } = await course.program(config.batchSize);
  await course.dispose();
  const images = config.images ?? splitCount(config.dataset, "train", context);
  return (images / config.batchSize) * flops(graph);
}

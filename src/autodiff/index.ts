export { type ChainRule, chainRules } from "../ops";
export { type CheckOptions, checkGradient } from "./check";
export {
  type ConventionName,
  conventionNames,
  conventions,
  type NamedConvention,
  type NamedValue,
} from "./conventions";
export { type GradientOptions, gradient } from "./gradient";
export {
  type KinkChoice,
  type KinkSite,
  type Kinks,
  kinkHits,
  kinkInput,
  kinkSites,
  knownKinks,
  namedValue,
  requireKinks,
  requireKinkValue,
} from "./kinks";
export { type KinkPlace, placeName } from "./places";
export { type ReplicateOptions, replicate, stackFeeds } from "./replicate";

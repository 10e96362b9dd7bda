export { type CheckOptions, checkGradient } from "./check";
export { type GradientOptions, gradient } from "./gradient";
export {
  type ChainRule,
  chainRules,
  type KinkChoice,
  type KinkSite,
  kinkHits,
  kinkSites,
  knownKinks,
} from "./kinks";

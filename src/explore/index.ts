export { type ExploreOptions, type Explorer, explore } from "./server";

export { shellLine, shellWord } from "./quote";
export { settingsBetween } from "./settings";

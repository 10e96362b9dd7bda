/** The contrast of texts with their ground in a page, by WCAG 2.1 (https://www.w3.org/TR/WCAG21/#dfn-contrast-ratio). */
import type { Page } from "playwright-core";

export interface Contrast {
  readonly text: string;
  /** From 1 to 21; texts need 4.5. */
  readonly ratio: number;
}

/** Of every text that is seen in the elements that a selector names, the lowest first; buttons that do nothing, and what is drawn as SVG, are left out. */
export function contrasts(page: Page, selector: string): Promise<Contrast[]> {
  return page.evaluate(`(${measure})(${JSON.stringify(selector)})`) as Promise<Contrast[]>;
}

const measure = String.raw`(selector) => {
  const channels = (colour) => {
    const [r, g, b, a = 1] = colour.match(/[\d.]+/g).map(Number);
    return colour.startsWith("color(") ? [255 * r, 255 * g, 255 * b, a] : [r, g, b, a];
  };
  const over = ([r, g, b, a], below) => [r, g, b].map((value, i) => a * value + (1 - a) * below[i]);
  const groundOf = (element) => {
    const below = element.parentElement ? groundOf(element.parentElement) : [255, 255, 255];
    return over(channels(getComputedStyle(element).backgroundColor), below);
  };
  const opacityOf = (element) =>
    Number(getComputedStyle(element).opacity) * (element.parentElement ? opacityOf(element.parentElement) : 1);
  const luminance = (colour) => {
    const [r, g, b] = colour.map((value) => (value <= 10.31475 ? value / 3294.6 : ((value / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ratioOf = (element) => {
    const ground = groundOf(element);
    const [r, g, b, a] = channels(getComputedStyle(element).color);
    const lights = [over([r, g, b, a * opacityOf(element)], ground), ground].map(luminance);
    return (Math.max(...lights) + 0.05) / (Math.min(...lights) + 0.05);
  };
  const hasText = (element) => [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim() !== "");
  return [...document.querySelectorAll(selector)]
    .flatMap((place) => [place, ...place.querySelectorAll("*")])
    .filter((element) => hasText(element) && element.checkVisibility() && !element.closest(":disabled, script, style, svg"))
    .map((element) => ({ text: element.textContent.trim().slice(0, 40), ratio: ratioOf(element) }))
    .sort((a, b) => a.ratio - b.ratio);
}`;

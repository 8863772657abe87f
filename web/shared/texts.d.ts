/** A language's texts in two, as `vite.config.js` makes them. */

declare module '*.json?begin' {
  const texts: Record<string, string>;
  export default texts;
}

declare module '*.json?later' {
  const texts: Record<string, string>;
  export default texts;
}

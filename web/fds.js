// Fits Det Fælles Designsystem to the pages. It counts on a root of 10 px and text of 16 px, and
// on white paper; here the root is the visitor's own text size (18 px where nothing else was
// chosen), and every colour is a custom property.

/** What text of the design system measures, in its rem. */
const TEXT = 1.6;

const COLOURS = {
  '#1a1a1a': 'var(--ink)',
  '#454545': 'var(--ink)',
  '#707070': 'var(--ink-soft)',
  '#8e8e8e': 'var(--line)',
  '#bfbfbf': 'var(--line)',
  '#dcdcdc': 'var(--line-soft)',
  '#f5f5f5': 'var(--paper)',
  '#c00': 'var(--alarm)',
  '#cc0000': 'var(--alarm)',
  white: 'var(--card)',
};

function fit(value) {
  return value
    .replace(/(-?[\d.]+)rem\b/g, (_, size) => `${Number((size / TEXT).toFixed(4))}rem`)
    .replace(/#[\da-f]{3,8}\b|\bwhite\b/gi, (colour) => COLOURS[colour.toLowerCase()] ?? colour);
}

/** For PostCSS. Media queries stay: their rem is the browser's. */
export function designSystem() {
  return {
    postcssPlugin: 'design-system',
    Once(root, { result }) {
      if (!result.opts.from?.includes('/fds.scss')) return;
      root.walkDecls((declaration) => {
        if (!declaration.value.includes('url(')) declaration.value = fit(declaration.value);
      });
    },
  };
}
designSystem.postcss = true;

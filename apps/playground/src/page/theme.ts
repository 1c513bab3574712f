const names = [
  'surface',
  'ink',
  'muted',
  'line',
  'plain',
  'penalized',
  'class-0',
  'class-1',
] as const;

/** The colors of the style sheet, for what is drawn on a canvas. */
export type Theme = Readonly<Record<(typeof names)[number], string>>;

export function currentTheme(): Theme {
  const style = getComputedStyle(document.documentElement);
  return Object.fromEntries(
    names.map((name) => [name, style.getPropertyValue(`--${name}`).trim()]),
  ) as Theme;
}

export type Color = readonly [red: number, green: number, blue: number];

/** Of `#rrggbb`, as the style sheet writes colors. */
export function channels(color: string): Color {
  const bits = Number.parseInt(color.slice(1), 16);
  return [bits >> 16, (bits >> 8) & 255, bits & 255];
}

/** The conditions, by what is asked. */
export const CONDITIONS = {
  iterates: { quadratic: 'iterates, quadratic', network: 'iterates, two-layer net' },
  lookalikes: "iterates of another's penalty, two-layer net",
  packages: 'the packages in float32, two-layer net',
  order: { quadratic: 'order, quadratic', network: 'order, two-layer net' },
  conservative: { quadratic: 'curl, quadratic', network: 'curl, two-layer net' },
  adam: 'Adam on ½(θ − 1)²',
} as const;

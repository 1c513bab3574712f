/**
 * Gives an object properties of its own, in the place of those that it inherits.
 *
 * @returns A function that puts back what was there.
 */
export function override<T extends object>(target: T, properties: Partial<T>): () => void {
  const before = Object.keys(properties).map(
    (key) => [key, Object.getOwnPropertyDescriptor(target, key)] as const,
  );
  Object.assign(target, properties);
  return () => {
    for (const [key, descriptor] of before) {
      if (descriptor === undefined) {
        Reflect.deleteProperty(target, key);
      } else {
        Object.defineProperty(target, key, descriptor);
      }
    }
  };
}

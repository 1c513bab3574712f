type Methods<T> = { [K in keyof T]?: T[K] };

/**
 * Gives an object properties of its own, instead of those that it has or inherits.
 *
 * @returns A function that puts back what was there, except where somebody has put something else since.
 */
export function override<T extends object>(target: T, properties: Methods<T>): () => void {
  const restore = Reflect.ownKeys(properties).map((key) =>
    define(target, key, { value: Reflect.get(properties, key), writable: true }),
  );
  return () => {
    for (const undo of restore) {
      undo();
    }
  };
}

/**
 * Calls `heard` whenever the property of an object is set.
 *
 * @returns A function that ends this; the property keeps its current value.
 */
export function onSet<T extends object, K extends keyof T>(
  target: T,
  key: K,
  heard: (value: T[K]) => void,
): () => void {
  let value = target[key];
  const undo = define(target, key, {
    get: () => value,
    set: (next: T[K]) => {
      value = next;
      heard(next);
    },
  });
  return () => {
    undo();
    if (value !== undefined) {
      target[key] = value;
    }
  };
}

function define(target: object, key: PropertyKey, descriptor: PropertyDescriptor): () => void {
  const before = Object.getOwnPropertyDescriptor(target, key);
  Object.defineProperty(target, key, { ...descriptor, configurable: true, enumerable: true });
  return () => {
    const now = Object.getOwnPropertyDescriptor(target, key);
    if (now?.value !== descriptor.value || now?.get !== descriptor.get) {
      return;
    }
    if (before === undefined) {
      Reflect.deleteProperty(target, key);
    } else {
      Object.defineProperty(target, key, before);
    }
  };
}

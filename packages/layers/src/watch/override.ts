type Properties<T> = { [K in keyof T]?: T[K] };
type Undo = () => void;

/**
 * Gives an object own properties, instead of those that it has or inherits.
 *
 * @returns A function that puts back the former properties, unless somebody has overridden them since.
 */
export const override = <T extends object>(target: T, properties: Properties<T>): Undo =>
  all(
    Reflect.ownKeys(properties).map((key) =>
      define(target, key, { value: Reflect.get(properties, key), writable: true }),
    ),
  );

/** Runs f while each target has these properties. */
export function overriding<T extends object, Result>(
  targets: readonly T[],
  propertiesOf: (target: T) => Properties<T>,
  f: () => Result,
): Result {
  const undo = all(targets.map((target) => override(target, propertiesOf(target))));
  try {
    return f();
  } finally {
    undo();
  }
}

/**
 * Calls `heard` whenever a property of an object is set.
 *
 * @returns A function that stops this; the property keeps its current value.
 */
export function onSet<T extends object, K extends keyof T>(
  target: T,
  key: K,
  heard: (value: T[K]) => void,
): Undo {
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

/** Undoes all of these, one after the other. */
export const all = (undo: readonly Undo[]): Undo => {
  return () => {
    for (const each of undo) {
      each();
    }
  };
};

function define(target: object, key: PropertyKey, descriptor: PropertyDescriptor): Undo {
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

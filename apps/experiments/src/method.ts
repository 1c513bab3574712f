type Make = (options: never, training: never) => unknown;

/** One of the methods of a table and its options, as plain data. */
export type MethodOf<Methods extends Record<string, Make>> = {
  [Name in keyof Methods]: { name: Name } & Parameters<Methods[Name]>[0];
}[keyof Methods];

/** A flat list in the groups of `like` again. */
export function regroup<Groups extends object, Entry>(
  like: Groups,
  list: readonly Entry[],
): Groups {
  let start = 0;
  const groups = Object.entries(like).map(([name, { length }]) => {
    start += length;
    return [name, list.slice(start - length, start)];
  });
  return Object.fromEntries(groups);
}

export interface Shard {
  /** Whether the k-th arm of a study is this shard's; tuning and testing of an arm stay together. */
  has(k: number): boolean;
}

/** `2/3`: the second of three. */
export function shardOf(text: string): Shard {
  const [index, count] = (/^(\d+)\/(\d+)$/.exec(text) ?? []).slice(1).map(Number);
  if (index === undefined || count === undefined || index < 1 || index > count) {
    throw new Error(`experiments: expected \`--shard\` like 1/3. Received: ${text}`);
  }
  return { has: (k) => k % count === index - 1 };
}

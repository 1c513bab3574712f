import { initial, type Key, type Settings } from './table.js';

type DataName = Settings['data'];

/** What suits a data set better than the initial setting. */
const suited: Readonly<Record<DataName, Partial<Settings>>> = {
  moons: {},
  circles: {},
  xor: {},
  spiral: { saspLambda: 0.15 },
  digits: { saspLambda: 0.5, examples: 500 },
};

/** The initial settings on a data set. */
export const initialOn = (data: DataName): Settings => ({ ...initial, ...suited[data], data });

/** Another data set; what was not changed by hand becomes what suits that one. */
export function withData(settings: Settings, data: DataName): Settings {
  const [before, after] = [initialOn(settings.data), initialOn(data)];
  const keys = Object.values(suited).flatMap((own) => Object.keys(own) as Key[]);
  const unchanged = keys.filter((key) => settings[key] === before[key]);
  return { ...settings, ...Object.fromEntries(unchanged.map((key) => [key, after[key]])), data };
}

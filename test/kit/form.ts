/**
 * How much of a fault is tried: little in `npm test`, much in `npm run fault`, which sets FAULT_FORM=long.
 */
export function inForm(short: number, long: number): number {
  return process.env.FAULT_FORM === 'long' ? long : short;
}

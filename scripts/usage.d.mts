export function checkArguments(
  args: readonly string[],
  page: string,
  known: (arg: string) => boolean,
  hint: string,
): void;

export function optionFault(error: unknown): string;

export async function runRows(_say: (line: string) => void) {
  return { rows: 0, green: 0, red: 0 };
}

// https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/
const QUANTITY = /^([+-]?(?:\d+\.?\d*|\.\d+))(m|k|M|G|T|P|E|Ki|Mi|Gi|Ti|Pi|Ei|[eE][+-]?\d{1,2})?$/;

const FACTORS: Readonly<Record<string, number>> = {
  m: 1e-3,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  E: 1e18,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
  Ei: 2 ** 60,
};

/**
 * Reads an amount as Kubernetes writes it, `300m` or `16Gi`, into units: cores or bytes.
 *
 * @param where names the field, for the error
 * @throws RangeError where it is not a positive quantity
 */
export function parseQuantity(quantity: string, where: string): number {
  const [, digits, suffix = ''] = QUANTITY.exec(quantity) ?? [];
  const factor = suffix === '' ? 1 : (FACTORS[suffix] ?? 10 ** Number(suffix.slice(1)));
  const amount = Number(digits) * factor;
  if (!(amount > 0)) {
    throw new RangeError(`${where} is ${JSON.stringify(quantity)}, expected a quantity such as "500m" or "256Mi"`);
  }
  return amount;
}

/** Writes cores, rounded down to thousandths. */
export function formatCores(cores: number): string {
  const millis = Math.floor(cores * 1000 + 1e-6);
  return millis % 1000 === 0 ? String(millis / 1000) : `${millis}m`;
}

/** Writes bytes, rounded down to whole mebibytes. */
export function formatBytes(bytes: number): string {
  const mebibytes = Math.floor(bytes / 2 ** 20);
  return mebibytes % 1024 === 0 ? `${mebibytes / 1024}Gi` : `${mebibytes}Mi`;
}

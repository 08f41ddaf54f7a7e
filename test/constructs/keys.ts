import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';

/** Certificates made as they are needed, so that no private key lies in the repository. */
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const elliptic = generateKeyPairSync('ec', { namedCurve: 'P-256' });

const DAY = 24 * 60 * 60 * 1000;
const now = Date.now();

/** The controller's private key, as PEM. */
export const privateKey = rsa.privateKey.export({ type: 'pkcs8', format: 'pem' }) as string;
export const certificate = certify(rsa.publicKey, now - DAY, now + DAY);
export const expired = certify(rsa.publicKey, now - 2 * DAY, now - DAY);
export const notYetValid = certify(rsa.publicKey, now + DAY, now + 2 * DAY);
export const ofEllipticCurve = certify(elliptic.publicKey, now - DAY, now + DAY);

/** A certificate of X.509 version 1 with empty names (RFC 5280, 4.1), signed by the RSA key. */
function certify(key: KeyObject, from: number, to: number): string {
  const algorithm = sequence(Buffer.from('06092a864886f70d01010b', 'hex'), Buffer.from('0500', 'hex')); // sha256WithRSA
  const body = sequence(
    der(0x02, Buffer.of(1)),
    algorithm,
    sequence(),
    sequence(time(from), time(to)),
    sequence(),
    key.export({ type: 'spki', format: 'der' }),
  );
  const signature = der(0x03, Buffer.concat([Buffer.of(0), sign('sha256', body, rsa.privateKey)]));
  const base64 = sequence(body, algorithm, signature).toString('base64');
  return `-----BEGIN CERTIFICATE-----\n${base64.replace(/.{64}/g, '$&\n').trim()}\n-----END CERTIFICATE-----\n`;
}

function time(moment: number): Buffer {
  return der(0x18, Buffer.from(new Date(moment).toISOString().replace(/[-:T]|\.\d+/g, '')));
}

function sequence(...parts: Buffer[]): Buffer {
  return der(0x30, Buffer.concat(parts));
}

function der(tag: number, content: Buffer): Buffer {
  const length = content.length;
  const header = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.of(tag, ...header), content]);
}

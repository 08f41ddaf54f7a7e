import { constants, createCipheriv, createHash, createHmac, type KeyObject, publicEncrypt } from 'node:crypto';

/** What one value is sealed for. */
export interface SealTarget {
  /** An RSA key. */
  readonly publicKey: KeyObject;
  /** SHA-256 of the certificate. */
  readonly fingerprint: Buffer;
  /** What the controller must know to open it: empty, the namespace, or the namespace and the name. */
  readonly label: Buffer;
  /** The key of the value in the Secret. */
  readonly item: string;
}

const HASH_BYTES = 32;

/**
 * Seals a value as the Sealed Secrets controller opens it: a session key in RSA-OAEP (SHA-256, with the label), the
 * value in AES-256-GCM under it with a nonce of zeros
 * (https://github.com/bitnami-labs/sealed-secrets/blob/main/docs/developer/crypto.md).
 *
 * Session key and OAEP seed are not random but derived, by HMAC under the sealing key, from everything that is sealed.
 * So the same input gives the same bytes; without the sealing key both are as good as random, and nobody can try values.
 * The nonce may be zero because a session key belongs to one value for one target: another value has another key.
 */
export function seal(value: Buffer, target: SealTarget, sealingKey: Buffer): Buffer {
  const secret = hmac(sealingKey, 'casemate seal 1', [
    target.fingerprint,
    target.label,
    Buffer.from(target.item),
    value,
  ]);
  const sessionKey = hmac(secret, 'session key', []);
  const seed = hmac(secret, 'oaep seed', []);

  const wrapped = encryptOaep(sessionKey, target.publicKey, target.label, seed);
  const cipher = createCipheriv('aes-256-gcm', sessionKey, Buffer.alloc(12));
  const encrypted = Buffer.concat([cipher.update(value), cipher.final(), cipher.getAuthTag()]);

  const length = Buffer.alloc(2);
  length.writeUInt16BE(wrapped.length);
  return Buffer.concat([length, wrapped, encrypted]);
}

/** HMAC-SHA-256 of a purpose and parts, each after its length, so that no two lists give the same input. */
function hmac(key: Buffer, purpose: string, parts: readonly Buffer[]): Buffer {
  const mac = createHmac('sha256', key);
  for (const part of [Buffer.from(purpose), ...parts]) {
    const length = Buffer.alloc(8);
    length.writeBigUInt64BE(BigInt(part.length));
    mac.update(length).update(part);
  }
  return mac.digest();
}

/** RSAES-OAEP (RFC 8017, 7.1.1) with SHA-256 and the seed given: OpenSSL would choose a random one. */
function encryptOaep(message: Buffer, key: KeyObject, label: Buffer, seed: Buffer): Buffer {
  const bytes = (key.asymmetricKeyDetails?.modulusLength ?? 0) / 8;
  const padding = Buffer.alloc(bytes - message.length - 2 * HASH_BYTES - 2);
  const block = Buffer.concat([sha256(label), padding, Buffer.of(1), message]);
  const maskedBlock = xor(block, mgf1(seed, block.length));
  const maskedSeed = xor(seed, mgf1(maskedBlock, HASH_BYTES));
  const encoded = Buffer.concat([Buffer.of(0), maskedSeed, maskedBlock]);
  return publicEncrypt({ key, padding: constants.RSA_NO_PADDING }, encoded);
}

/** The mask generation function of RFC 8017, B.2.1. */
function mgf1(seed: Buffer, length: number): Buffer {
  const blocks: Buffer[] = [];
  for (let counter = 0; counter * HASH_BYTES < length; counter++) {
    const octets = Buffer.alloc(4);
    octets.writeUInt32BE(counter);
    blocks.push(sha256(Buffer.concat([seed, octets])));
  }
  return Buffer.concat(blocks).subarray(0, length);
}

function xor(a: Buffer, b: Buffer): Buffer {
  return Buffer.from(a.map((byte, index) => byte ^ (b[index] ?? 0)));
}

function sha256(data: Buffer): Buffer {
  return createHash('sha256').update(data).digest();
}

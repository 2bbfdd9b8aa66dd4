import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';

/** A key and a certificate for it, as PEM. */
export interface Certificate {
  readonly key: string;
  readonly cert: string;
}

const tag = { integer: 0x02, bits: 0x03, octets: 0x04, oid: 0x06, text: 0x0c, time: 0x17, sequence: 0x30, set: 0x31 };

/** One element of DER: https://www.itu.int/rec/T-REC-X.690 */
function der(kind: number, ...parts: readonly Uint8Array[]): Buffer {
  const body = Buffer.concat(parts);
  const { length } = body;
  const size = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Uint8Array.of(kind, ...size), body]);
}

const sequence = (...parts: readonly Uint8Array[]) => der(tag.sequence, ...parts);
const oid = (hex: string) => der(tag.oid, Buffer.from(hex, 'hex'));
const ecdsaWithSha256 = sequence(oid('2a8648ce3d040302'));

function nameOf(text: string): Buffer {
  return sequence(der(tag.set, sequence(oid('550403'), der(tag.text, Buffer.from(text)))));
}

/** YYMMDDHHMMSSZ. */
function timeOf(ms: number): Buffer {
  const digits = new Date(ms).toISOString().replace(/\D/g, '').slice(2, 14);
  return der(tag.time, Buffer.from(`${digits}Z`));
}

/** A certificate that vouches for itself, for 127.0.0.1, for these names, and for two days: https://www.rfc-editor.org/rfc/rfc5280#section-4.1 */
export function selfSigned(name: string, hosts: readonly string[] = []): Certificate {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const day = 86_400_000;
  const address = der(0x87, Uint8Array.of(127, 0, 0, 1));
  const names = sequence(address, ...hosts.map((host) => der(0x82, Buffer.from(host))));
  const toBeSigned = sequence(
    der(0xa0, der(tag.integer, Uint8Array.of(2))),
    der(tag.integer, Uint8Array.of(1)),
    ecdsaWithSha256,
    nameOf(name),
    sequence(timeOf(Date.now() - day), timeOf(Date.now() + day)),
    nameOf(name),
    publicKey.export({ type: 'spki', format: 'der' }),
    der(0xa3, sequence(sequence(oid('551d11'), der(tag.octets, names)))),
  );
  return { key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(), cert: certOf(toBeSigned, privateKey) };
}

function certOf(toBeSigned: Buffer, key: KeyObject): string {
  const signature = der(tag.bits, Uint8Array.of(0), sign('sha256', toBeSigned, key));
  const base64 = sequence(toBeSigned, ecdsaWithSha256, signature).toString('base64').replace(/.{64}/g, '$&\n');
  return `-----BEGIN CERTIFICATE-----\n${base64}\n-----END CERTIFICATE-----\n`;
}

import { type LookupAddress, lookup } from 'node:dns';
import type { LookupFunction } from 'node:net';
import ipaddr from 'ipaddr.js';
import { AppError } from '../../domain/errors.js';

export interface AddressRules {
  /** Also this machine itself, for those who run a receiver beside Videre. */
  allowLoopback: boolean;
}

/** Whether an IP address is one of the public internet: no private, local, shared, mapped or translated range. */
export function isPublicAddress(address: string, { allowLoopback }: AddressRules): boolean {
  if (!ipaddr.isValid(address)) return false;
  // `process` takes an IPv4 address out of the IPv6 one it is mapped into.
  const parsed = ipaddr.process(address);
  const range = parsed.range();
  if (range === 'loopback') return allowLoopback;
  return range === 'unicast' && (!(parsed instanceof ipaddr.IPv6) || parsed.match(GLOBAL_UNICAST));
}

/** All that is assigned of IPv6 so far; beyond it are IPv4 addresses in disguise (`::7f00:1`), and nobody's. */
const GLOBAL_UNICAST = ipaddr.IPv6.parseCIDR('2000::/3');

/**
 * What a URL says without asking anybody.
 * @throws AppError `address-refused`.
 */
export function assertCallableUrl(text: string, rules: AddressRules): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !['http:', 'https:'].includes(url.protocol)) {
    throw refused(`${JSON.stringify(text)} is no http or https address.`);
  }
  if (url.username !== '' || url.password !== '')
    throw refused('An address goes without a user and a password.');
  const host = hostOf(url);
  // A name is looked at when it is resolved; a number never is.
  if (ipaddr.isValid(host) && !isPublicAddress(host, rules)) throw notPublic(host);
  return url;
}

/**
 * Resolves a name and hands on only public addresses. The connection goes to what was checked: there is no second
 * resolution in between that could say something else.
 */
export function guardedLookup(rules: AddressRules, resolve: typeof lookup = lookup): LookupFunction {
  return (hostname, options, callback) => {
    resolve(hostname, { ...options, all: true }, (error, addresses: LookupAddress[]) => {
      if (error !== null) return callback(error, '');
      const allowed = addresses.filter(({ address }) => isPublicAddress(address, rules));
      // One bad address among good ones is a trick, not an accident.
      if (allowed.length < addresses.length || allowed.length === 0) return callback(notPublic(hostname), '');
      if (options.all) return callback(null, allowed);
      return callback(null, allowed[0]!.address, allowed[0]!.family);
    });
  };
}

function hostOf({ hostname }: URL): string {
  return hostname.replace(/^\[(.*)\]$/, '$1');
}

function notPublic(host: string): AppError {
  return refused(`${host} is no address of the public internet.`);
}

function refused(message: string): AppError {
  return new AppError('address-refused', message, { hint: 'Name a public http or https address.' });
}

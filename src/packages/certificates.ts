// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { addParents, inlineFile, symlink } from '../inodes.ts';
import { readContent } from '../content.ts';
import { TskitError } from '../errors.ts';
import { type Bytes, bytesOf, type Inode, textOf } from '../file-tree.ts';
import { type PackageTree, subtree } from './package-tree.ts';
import type { CertificateForm } from './recipe.ts';
import { subjectHash } from './subject-hash.ts';

/** Where ca-certificates has them, and where those of an organisation are put (update-ca-certificates(8)). */
const folders = ['usr/share/ca-certificates', 'usr/local/share/ca-certificates'].map(bytesOf);
const target = 'etc/ssl/certs';
/** A certificate is a few thousand bytes. */
const fileLimit = 1024 * 1024;

interface Certificate {
  readonly path: Bytes;
  /** One certificate in PEM with a line break at its end. */
  readonly pem: string;
}

/**
 * Makes what update-ca-certificates(8) makes: the bundle of all certificates, and for "directory" a link NAME.pem to each and links by
 * the hash of its subject, where OpenSSL looks. For "bundle" the single files are taken away. Throws `package` without certificates.
 */
export function writeCertificates(tree: PackageTree, form: CertificateForm, epoch: number): void {
  const certificates = folders.flatMap((folder) => readFolder(tree, folder));
  if (certificates.length === 0) {
    throw new TskitError('package', `certificates: expected *.crt in "/${folders[0]}", found none`, {
      hint: "name ca-certificates in the recipe's `packages`, and keep /usr/share/ca-certificates in `pick`",
    });
  }
  const place = (name: string, inode: Inode): void => {
    const path = bytesOf(`${target}/${name}`);
    addParents(tree.inodes, path, epoch);
    tree.inodes.set(path, inode);
  };
  place('ca-certificates.crt', inlineFile(epoch, certificates.map(({ pem }) => pem).join('')));
  if (form === 'bundle') {
    for (const path of folders.flatMap((folder) => subtree(tree, folder))) {
      tree.inodes.delete(path);
      tree.owners.delete(path);
    }
    return;
  }
  const hashes = new Map<string, number>();
  // By name, as c_rehash numbers those that share a hash.
  for (const { name, path, pem } of certificates.map(named).sort((a, b) => (a.name < b.name ? -1 : 1))) {
    place(name, symlink(epoch, `/${textOf(path)}`));
    const hash = subjectHash(derOf(pem, path));
    const count = hashes.get(hash) ?? 0;
    hashes.set(hash, count + 1);
    place(`${hash}.${count}`, symlink(epoch, name));
  }
}

function readFolder(tree: PackageTree, folder: Bytes): readonly Certificate[] {
  const paths = subtree(tree, folder).filter((path) => path.endsWith('.crt'));
  return [...paths].sort().flatMap((path) => {
    const inode = tree.inodes.get(path);
    if (inode?.type !== 'file') return [];
    const text = readContent(inode.content, fileLimit).toString('latin1');
    return [{ path, pem: text.endsWith('\n') ? text : `${text}\n` }];
  });
}

/** update-ca-certificates' name of the link. */
function named(certificate: Certificate): Certificate & { readonly name: string } {
  const base = textOf(certificate.path.slice(certificate.path.lastIndexOf('/') + 1));
  const clean = base
    .replace(/\.crt$/, '')
    .replaceAll(' ', '_')
    .replaceAll(/[()]/g, '=')
    .replaceAll(',', '_');
  return { ...certificate, name: `${clean}.pem` };
}

function derOf(pem: string, path: Bytes): Buffer {
  const base64 = /-----BEGIN (?:TRUSTED )?CERTIFICATE-----([^-]+)-----END/.exec(pem)?.[1];
  if (base64 !== undefined) return Buffer.from(base64, 'base64');
  throw new TskitError('package', `certificates: expected a certificate in PEM in "/${textOf(path)}", found none`);
}

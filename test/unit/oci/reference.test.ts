// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { describe, expect, it } from 'vitest';
import type { TskitError } from '../../../src/errors.ts';
import { formatReference, parseReference } from '../../../src/oci/reference.ts';

const digest = `sha256:${'0123456789abcdef'.repeat(4)}`;

describe('a reference', () => {
  it.each([
    ['nginx', 'docker.io/library/nginx:latest'],
    ['nginx:1.25', 'docker.io/library/nginx:1.25'],
    [
      'linuxkit/init:8f1e6a0747acbbb4d7e24dc98f97faa8d1c6cec7',
      'docker.io/linuxkit/init:8f1e6a0747acbbb4d7e24dc98f97faa8d1c6cec7',
    ],
    ['docker.io/nginx', 'docker.io/library/nginx:latest'],
    ['index.docker.io/nginx', 'docker.io/library/nginx:latest'],
    ['docker.io/library/nginx', 'docker.io/library/nginx:latest'],
    ['docker://ghcr.io/acme/web:2', 'ghcr.io/acme/web:2'],
    ['docker:27', 'docker.io/library/docker:27'],
    ['oci', 'docker.io/library/oci:latest'],
    ['localhost/x', 'localhost/x:latest'],
    ['localhost:5000/x', 'localhost:5000/x:latest'],
    ['localhost:5000/x:1', 'localhost:5000/x:1'],
    ['[::1]:5000/x', '[::1]:5000/x:latest'],
    ['127.0.0.1:5000/a/b/c', '127.0.0.1:5000/a/b/c:latest'],
    ['Registry/x', 'Registry/x:latest'],
    ['a.b/c__d/e---f/g.h:T_a.g-1', 'a.b/c__d/e---f/g.h:T_a.g-1'],
    [`nginx@${digest}`, `docker.io/library/nginx@${digest}`],
    [`localhost:5000/x:1@${digest}`, `localhost:5000/x:1@${digest}`],
    ['oci:images/web', 'oci:images/web'],
    ['oci:images/web:1.0', 'oci:images/web:1.0'],
    ['oci:store:localhost:5000/x:1', 'oci:store:localhost:5000/x:1'],
    ['oci-archive:web.tar', 'oci-archive:web.tar'],
    ['docker-archive:/tmp/my web.tar:nginx:1', 'docker-archive:/tmp/my web.tar:nginx:1'],
    ['pkg:nginx', 'pkg:nginx'],
    ['pkg:./mine', 'pkg:./mine'],
    ['pkg:/abs/Path', 'pkg:/abs/Path'],
  ])('%s means %s, and so does its canonical form', (text, canonical) => {
    const parsed = parseReference(text);
    expect(formatReference(parsed)).toBe(canonical);
    expect(parseReference(canonical)).toEqual(parsed);
  });

  it('keeps the parts apart', () => {
    expect(parseReference(`localhost:5000/a/b:1@${digest}`)).toEqual({
      kind: 'registry',
      registry: 'localhost:5000',
      repository: 'a/b',
      tag: '1',
      digest,
    });
    expect(parseReference('oci:dir:localhost:5000/x')).toEqual({ kind: 'oci', path: 'dir', tag: 'localhost:5000/x' });
    expect(parseReference('pkg:../x')).toEqual({ kind: 'recipe', name: '../x' });
  });

  it.each([
    ['', 1, 'the name of an image', 'the end'],
    ['nginx:', 7, 'a tag', 'the end'],
    ['Nginx', 1, 'lower-case letters in the name of a repository', '"Nginx"'],
    ['ghcr.io/acme/My-App', 14, 'lower-case letters in the name', '"My-App"'],
    ['ghcr.io/acme//app', 14, 'a part of a name between slashes', '"/app"'],
    ['nginx/', 7, 'a part of a name between slashes', 'the end'],
    ['ghcr.io/', 9, 'a part of a name', 'the end'],
    ['a..b/c', 1, 'a registry as host[:port]', '"a..b/c"'],
    ['ab.cd/a..b', 8, 'with ".", "_", "__" or "-" between them', '"..b"'],
    ['nginx:1 0', 8, 'a tag', '" 0"'],
    [`nginx:${'x'.repeat(129)}`, 7, 'at most 128', `"${'x'.repeat(20)}"`],
    ['nginx@sha256:abc', 7, '"sha256:" and 64 lower-case hex digits', '"sha256:abc"'],
    [`nginx@sha512:${'a'.repeat(128)}`, 7, '"sha256:"', '"sha512:aaaaaaaaaaaaa"'],
    ['a'.repeat(64), 1, 'an image id', `"${'a'.repeat(20)}"`],
    [`a.b/${'x'.repeat(256)}`, 260, 'at most 255 characters', '"x"'],
    ['oci:', 5, 'a folder', 'the end'],
    ['oci:dir:', 9, 'a tag after the colon', 'the end'],
    ['docker-archive:', 16, 'a file', 'the end'],
    ['pkg:', 5, 'the name of a recipe', 'the end'],
    ['pkg:a/b', 6, 'the name of a recipe', '"/b"'],
  ])('%j is refused at character %i: expected %s, found %s', (text, position, expected, found) => {
    const error = failure(text);
    expect(error).toMatchObject({ code: 'reference', hint: expect.stringMatching(/^write it like /) });
    const [, place, wanted, rest] = /: at character (\d+): expected (.*), found (.*)$/.exec(error.message) ?? [];
    expect(Number(place)).toBe(position);
    expect(wanted).toContain(expected);
    expect(rest).toBe(found);
  });
});

function failure(text: string): TskitError {
  try {
    parseReference(text);
  } catch (error) {
    return error as TskitError;
  }
  throw new Error(`"${text}" was accepted`);
}

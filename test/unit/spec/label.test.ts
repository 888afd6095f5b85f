// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { describe, expect, test } from 'vitest';
import { parseLabel } from '../../../src/spec/label.ts';
import { refusalOf } from '../../support/refusal.ts';

function refusal(text: string): string {
  return refusalOf('spec', () => parseLabel(text, 'example.com/web:1'));
}

describe('a label', () => {
  test('is JSON', () => {
    const label = '{"binds":["/run:/run"],"capabilities":["CAP_NET_ADMIN"],"net":"host"}';
    expect(parseLabel(label, 'web')).toEqual({
      binds: ['/run:/run'],
      capabilities: ['CAP_NET_ADMIN'],
      net: 'host',
    });
  });

  test('is JSON over several lines with tabs', () => {
    expect(parseLabel('{\n\t"readonly": true,\n\t"env": [\n\t\t"A=b"\n\t]\n}\n', 'web')).toEqual({
      readonly: true,
      env: ['A=b'],
    });
  });

  test('is YAML', () => {
    expect(parseLabel('readonly: true\nruntime:\n  mkdir: [/var/lib/x]\n', 'web')).toEqual({
      readonly: true,
      runtime: { mkdir: ['/var/lib/x'] },
    });
  });

  test('as LinuxKit writes it has an empty bindNS beside runtime', () => {
    const label =
      '{"devices":[{"path":"all","type":"b","major":0,"minor":0}],"runtime":{"mkdir":["/var"],"bindNS":{}}}';
    expect(parseLabel(label, 'web')).toEqual({
      devices: [{ path: 'all', type: 'b', major: 0, minor: 0 }],
      runtime: { mkdir: ['/var'], bindNS: {} },
    });
  });

  test.each(['', '  \n'])('that is blank sets nothing', (text) => {
    expect(parseLabel(text, 'web')).toEqual({});
  });

  test('may stop the boot', () => {
    expect(parseLabel('{"on_failure":"halt"}', 'web')).toEqual({ on_failure: 'halt' });
  });

  test.each([
    ['{"name":"x"}', '1:2: name: "name" cannot be set in a label'],
    ['{"image":"x"}', '1:2: image: "image" cannot be set in a label'],
    ['{"bind":["/a:/b"]}', '1:2: bind: expected a known key, found "bind"; did you mean "binds"?'],
    [
      '{"binds":["/a"]}',
      '1:11: binds[0]: expected a bind "/source:/destination" or "/source:/destination:options", found the string "/a"',
    ],
    ['{"capabilities":["all","CAP_CHOWN"]}', '1:18: capabilities[0]: expected "all" to stand alone, found 2 entries'],
    ['{"selinux":"web"}', '1:2: selinux: "selinux" is not built yet'],
    [
      '{"runtime":{"interfaces":[{"name":"eth0","add":"veth"}]}}',
      '1:27: runtime.interfaces[0]: expected the key "peer" for a veth pair, found only "name", "add"',
    ],
    ['["a"]', '1:1: expected a map of container settings, found a list'],
    ['{"binds":[', '1:11: expected a closing "]", found none'],
    ['~', '1:1: expected a map of container settings, found nothing'],
  ])('with a mistake names image and label: %s', (text, message) => {
    const [first] = refusal(text).split('\n', 1);
    expect(first).toBe(`label org.mobyproject.config of image "example.com/web:1":${message}`);
  });

  test('names a container whose id only the spec can know', () => {
    expect(parseLabel('{"uid":"web","gid":7}', 'web')).toEqual({ uid: 'web', gid: 7 });
  });
});

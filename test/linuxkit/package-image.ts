// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { basename } from 'node:path';
import { isScalar, parseDocument, visit } from 'yaml';
import type { ImageConfig } from '../../src/oci/types.ts';
import type { Snapshot } from './snapshot.ts';

/** What an image's config says of running it. */
export type ImageSettings = NonNullable<ImageConfig['config']>;

/** BuildKit's, for every image. */
const path = 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** The image configs of LinuxKit's packages by their name ("getty"), as `linuxkit pkg build` would make them. */
export async function packageSettings(snapshot: Snapshot): Promise<ReadonlyMap<string, ImageSettings>> {
  const settings = new Map<string, ImageSettings>();
  for (const file of snapshot.paths.filter((name) => /^(pkg|test\/pkg)\/[^/]+\/build\.yml$/.test(name))) {
    const build = await snapshot.read(file);
    const dockerfile = file.replace('build.yml', 'Dockerfile');
    const image = snapshot.paths.includes(dockerfile) ? dockerfileSettings(await snapshot.read(dockerfile)) : {};
    const label = labelOf(build);
    const name = /^image: *(\S+)/m.exec(build)?.[1] ?? basename(file);
    settings.set(name, { ...image, ...(label === undefined ? {} : { Labels: { 'org.mobyproject.config': label } }) });
  }
  return settings;
}

/**
 * The label from `config:` of a build.yml: the YAML as JSON, where a device's mode is text as written (`mode: 0666` is read into a
 * string) and its numbers are there even when they are zero (they have no omitempty).
 */
export function labelOf(build: string): string | undefined {
  const document = parseDocument(build);
  visit(document, {
    Pair(_, { key, value }) {
      if (isScalar(key) && key.value === 'mode' && isScalar(value)) value.value = value.source;
    },
  });
  const config = document.get('config') as { toJSON(): Record<string, unknown> } | undefined;
  if (config === undefined) return undefined;
  const json = config.toJSON();
  const devices = json['devices'] as readonly object[] | undefined;
  return JSON.stringify({
    ...json,
    ...(devices && { devices: devices.map((device) => ({ major: 0, minor: 0, ...device })) }),
  });
}

/** Entrypoint, command, environment, folder and user of the last stage. */
export function dockerfileSettings(dockerfile: string): ImageSettings {
  const lines = dockerfile.replace(/\\\n\s*/g, ' ').split('\n');
  const last = lines.slice(lines.findLastIndex((line) => /^FROM\s/i.test(line)));
  const value = (word: string): string | undefined =>
    last
      .findLast((line) => line.startsWith(`${word} `))
      ?.slice(word.length)
      .trim();
  const words = (word: string): readonly string[] | undefined => {
    const text = value(word);
    if (text === undefined) return undefined;
    return text.startsWith('[') ? (JSON.parse(text) as string[]) : ['/bin/sh', '-c', text];
  };
  const env = [
    path,
    ...last.flatMap((line) => /^ENV +([A-Za-z_]+)[= ](.*)$/.exec(line)?.slice(1, 3).join('=').trim() ?? []),
  ];
  const variables = new Map(env.map((text) => text.split('=', 2) as [string, string]));
  const [entrypoint, command, folder, user] = [
    words('ENTRYPOINT'),
    words('CMD'),
    value('WORKDIR')?.replace(/\$(\w+)/g, (_, name: string) => variables.get(name) ?? ''),
    value('USER'),
  ];
  return {
    Env: env,
    ...(entrypoint && { Entrypoint: entrypoint }),
    ...(command && { Cmd: command }),
    ...(folder && { WorkingDir: folder }),
    ...(user && { User: user }),
  };
}

/** Images of Docker Hub that the examples name; like theirs, but shorter. Any other is taken to run a program of its name. */
const hub: Readonly<Record<string, ImageSettings>> = {
  nginx: {
    Env: [path, 'NGINX_VERSION=1'],
    Entrypoint: ['/docker-entrypoint.sh'],
    Cmd: ['nginx', '-g', 'daemon off;'],
    StopSignal: 'SIGQUIT',
  },
  redis: {
    Env: [path, 'REDIS_VERSION=1'],
    Entrypoint: ['docker-entrypoint.sh'],
    Cmd: ['redis-server'],
    WorkingDir: '/data',
  },
  docker: { Env: [path, 'DOCKER_TLS_CERTDIR=/certs'], Entrypoint: ['dockerd-entrypoint.sh'] },
  alpine: { Env: [path], Cmd: ['/bin/sh'] },
  busybox: { Env: [path], Cmd: ['sh'] },
};

/** The config of an image by its reference: a LinuxKit package's, one of Docker Hub's, or a plausible one. */
export function settingsOf(reference: string, packages: ReadonlyMap<string, ImageSettings>): ImageSettings {
  const name = nameOf(reference);
  const own = /(^|\/)linuxkit\//.test(reference) ? packages.get(name) : undefined;
  return own ?? hub[name] ?? { Env: [path], Entrypoint: ['/entrypoint.sh'], Cmd: [name] };
}

/** "getty" of "docker.io/linuxkit/getty:TAG@DIGEST". */
export function nameOf(reference: string): string {
  return basename(reference.replace(/@sha256:.*$/, '')).replace(/:[^:]*$/, '');
}

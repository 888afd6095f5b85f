// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { closedMap, type SchemaNode } from './schema-node.ts';
import { duration } from './schema-supervision.ts';

/** http, with what needs no name server: "localhost" or an address. */
export const httpShape: RegExp =
  /^http:\/\/(localhost|[0-9]{1,3}(?:\.[0-9]{1,3}){3}|\[[0-9A-Fa-f:.]+\])(?::([0-9]{1,5}))?(\/[!-~]*)?$/;
/** A port, with an address before it or without. */
export const tcpShape: RegExp = /^(localhost|[0-9]{1,3}(?:\.[0-9]{1,3}){3}|\[[0-9A-Fa-f:.]+\])?:([0-9]{1,5})$/;

const fromImage = (standard: string): string => `the label's, else the image's, else ${standard}`;

/** Key `healthcheck` of a service. */
export const healthcheck: SchemaNode = closedMap(
  {
    test: {
      type: ['string', 'array'],
      items: { type: 'string' },
      description:
        'Program that is run in the container, exit code 0 is well: ["CMD", "program", "argument"], ["CMD-SHELL", "command"] or a command as one string, which both need a /bin/sh in the image, or ["NONE"] for no check.',
      pattern: '\\S',
      'x-expected': 'a command, or a list that starts with "CMD", "CMD-SHELL" or "NONE"',
      'x-default': 'the HEALTHCHECK of the image, unless another of the five is given',
      'x-also': ['exec', 'cmd'],
    },
    http: {
      type: 'string',
      description: "URL that is to answer a GET with a status from 200 to 399, in the container's network.",
      pattern: httpShape.source,
      'x-expected':
        'a URL such as "http://localhost:8080/healthz", with "localhost" or an address (for others and for https: `test`)',
      'x-default': 'none',
      'x-also': ['httpGet', 'url'],
    },
    tcp: {
      type: ['string', 'integer'],
      description: 'Port that is to accept connections, in the container\'s network: 5432 or "127.0.0.1:5432".',
      pattern: tcpShape.source,
      minimum: 1,
      maximum: 65_535,
      'x-expected': 'a port from 1 to 65535, or "address:port" with "localhost" or an address',
      'x-default': 'none',
      'x-also': ['tcpSocket', 'port'],
    },
    file: {
      type: 'string',
      description: 'Path in the container that is to be there.',
      pattern: '^/.*[^/]$',
      'x-expected': 'the absolute path of a file',
      'x-default': 'none',
    },
    notify: {
      type: 'boolean',
      description:
        'The service says READY=1 itself (sd_notify(3), on $NOTIFY_SOCKET), within `start_period` where that is given. With `interval` it also has to say WATCHDOG=1 that often ($WATCHDOG_USEC).',
      'x-default': 'false',
      'x-also': ['sd_notify'],
    },
    interval: duration({
      description: 'From the end of one probe to the next.',
      'x-default': fromImage('"30s"'),
      'x-also': ['periodSeconds', 'period'],
    }),
    timeout: duration({
      description: 'A probe that takes longer has failed.',
      'x-default': fromImage('"30s"'),
      'x-also': ['timeoutSeconds'],
    }),
    retries: {
      type: 'integer',
      description: 'Failures in a row that make it unhealthy.',
      minimum: 1,
      maximum: 1_000_000,
      'x-expected': 'an integer from 1 to 1000000',
      'x-default': fromImage('3'),
      'x-also': ['failureThreshold'],
    },
    start_period: duration({
      description: 'From the start: failures do not count until the first probe has passed.',
      'x-default': fromImage('"0s"'),
      'x-also': ['startPeriod', 'initialDelaySeconds', 'grace_period'],
    }),
    start_interval: duration({
      description: '`interval` during `start_period`.',
      'x-default': fromImage('"5s"'),
      'x-also': ['startInterval'],
    }),
    disable: {
      type: 'boolean',
      description: 'No check, whatever label and image say.',
      'x-default': 'false',
      'x-also': ['disabled'],
    },
    on_unhealthy: {
      type: 'string',
      description:
        'What it means that the service is unhealthy: it is stopped and started again, that is only told and shown, or the machine restarts.',
      enum: ['restart', 'ignore', 'reboot'],
      'x-expected': '"restart", "ignore" or "reboot"',
      'x-default': 'the label\'s, else "ignore", as Compose does',
      'x-also': ['onUnhealthy'],
    },
  },
  {
    'x-called': 'healthcheck',
    description:
      "How to see that a service works: at most one of `test`, `http`, `tcp`, `file` and `notify`. The label's is replaced key by key.",
    'x-default': "the label's, else the HEALTHCHECK of the image",
    'x-linuxkit': 'LinuxKit ignores the HEALTHCHECK of images and has no such key.',
    'x-expected': 'a map with one of test, http, tcp, file and notify, and with interval, timeout and retries',
    'x-also': ['health_check', 'healthCheck', 'livenessProbe', 'readinessProbe', 'startupProbe'],
  },
);

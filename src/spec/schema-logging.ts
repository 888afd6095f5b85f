// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { closedMap, refused, type SchemaNode } from './schema-node.ts';

/** A number of bytes as Compose has it: "512k", "10m", "1gb", or in bytes. */
export const sizeShape: RegExp = /^([1-9][0-9]{0,9})(b|kb?|mb?|gb?)?$/;
/** A server of syslog, with a port or without, with Compose's "udp://" or without. */
export const syslogShape: RegExp =
  /^(?:udp:\/\/)?(localhost|[0-9]{1,3}(?:\.[0-9]{1,3}){3}|\[[0-9A-Fa-f:.]+\])(?::([0-9]{1,5}))?$/;
/** A number of lines within a time: "1000/s", "200/5m". */
export const rateShape: RegExp = /^([1-9][0-9]{0,8})\/([1-9][0-9]{0,5})?(ms|s|m|h)$/;

/** Key `logging` of a container. */
export const logging: SchemaNode = closedMap(
  {
    driver: {
      type: 'string',
      description:
        'Where the output goes: to a "file" in /var/log, to a ring in "memory", to the kernel\'s log ("kmsg"), or as datagrams to a server ("syslog").',
      enum: ['file', 'memory', 'kmsg', 'syslog'],
      'x-expected': '"file", "memory", "kmsg" or "syslog"',
      'x-default': 'the label\'s, else "file"',
      'x-also': ['type'],
    },
    max_size: {
      type: ['string', 'integer'],
      description: 'Size of a file, or of the ring: "512k", "10m", or a number of bytes; from "4k" to "1g".',
      pattern: sizeShape.source,
      minimum: 1,
      'x-expected': 'a size such as "512k" or "10m"',
      'x-default': 'the label\'s, else "1m"',
      'x-also': ['max-size', 'maxSize', 'size', 'SystemMaxFileSize'],
    },
    max_files: {
      type: 'integer',
      description: 'Files of a log, the one that is written included.',
      minimum: 1,
      maximum: 100,
      'x-expected': 'an integer from 1 to 100',
      'x-default': "the label's, else 2",
      'x-also': ['max-file', 'max_file', 'maxFiles', 'rotate'],
    },
    address: {
      type: 'string',
      description:
        'Server that "syslog" sends to, over UDP: "10.0.0.1", "10.0.0.1:5514" or "[fd00::1]:514". No name: nothing is looked up.',
      pattern: syslogShape.source,
      'x-expected': 'an address such as "10.0.0.1:514"',
      'x-default': 'required with driver "syslog"; the port is 514',
      'x-also': ['syslog-address', 'syslog_address', 'server', 'host'],
    },
    rate: {
      type: 'string',
      description:
        'Lines that are let through within a time, "1000/s" or "200/5m"; what is beyond is counted and told.',
      pattern: rateShape.source,
      'x-expected': 'a number of lines within a time such as "1000/s" or "200/5m"',
      'x-unit': '/s',
      'x-default': 'the label\'s, else no limit; with driver "kmsg" "100/s"',
      'x-also': ['rate_limit', 'rateLimit', 'RateLimitBurst', 'max_rate'],
    },
    json: {
      type: 'boolean',
      description: 'Each line becomes a JSON object with time, stream, service and text.',
      'x-default': "the label's, else false",
    },
    options: refused(
      'is Compose\'s map: max_size, max_files, address and rate stand in "logging" itself',
      'What Compose has its options in.',
    ),
  },
  {
    'x-called': 'logging',
    description: "Where the output goes ([logging.md](logging.md)); the label's is replaced key by key.",
    'x-default': "the label's, else two files of 1 MiB in /var/log",
    'x-linuxkit': 'LinuxKit writes to /var/log and never rotates; its images of memlogd are for others.',
    'x-expected': 'a map with driver, max_size, max_files, address, rate and json',
    'x-also': ['log', 'logs', 'log_driver', 'log_opt'],
  },
);

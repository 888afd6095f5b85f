// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { durationShape } from './duration.ts';
import { closedMap, type Definitions, fromLabel, ref, refused, type SchemaNode } from './schema-node.ts';

// Keys of a container that say how it is kept up, in Compose's words. Durations are Compose's, too.

/** A text such as "1m30s". */
export function duration(rest: SchemaNode): SchemaNode {
  return {
    type: 'string',
    pattern: durationShape.source,
    'x-expected': 'a duration such as "10s", "1m30s" or "500ms"',
    'x-unit': 's',
    ...rest,
  };
}

/** The name of a container (schema.ts). */
export const entryNameShape: RegExp = /^[A-Za-z0-9_][A-Za-z0-9_.+-]{0,99}$/;

const noSuchKey = 'LinuxKit has no such key.';

const restart: SchemaNode = {
  type: 'string',
  description:
    'When a service that ended is started again: "no"; "on-failure" after another exit code than 0 or a signal, "on-failure:N" at most N times in a row; "always"; "unless-stopped", which here is the same, since a service that was stopped by `tsctl` stays so until the machine restarts.',
  pattern: '^(no|always|unless-stopped|on-failure(:[1-9][0-9]{0,8})?)$',
  'x-expected': '"no", "on-failure", "on-failure:N", "always" or "unless-stopped"',
  'x-default': 'the label\'s, else "no"; "always" with a `restart_policy` that names no condition',
  'x-linuxkit': 'LinuxKit never starts a service again.',
  'x-also': ['restartPolicy', 'restart_condition'],
};

const restartPolicy: SchemaNode = closedMap(
  {
    condition: {
      type: 'string',
      description: 'In place of `restart`, in the words of Compose\'s `deploy`: "none" is "no", "any" is "always".',
      enum: ['none', 'on-failure', 'any'],
      'x-expected': '"none", "on-failure" or "any"',
      'x-default': 'as `restart` says',
    },
    delay: duration({
      description: 'How long to wait before the first restart.',
      'x-default': '"100ms"',
      'x-also': ['initial_delay'],
    }),
    max_delay: duration({
      description: 'What the delay grows to at most.',
      'x-default': '"1m", or `delay` where that is longer',
      'x-also': ['maxDelay', 'delay_max'],
    }),
    backoff: {
      type: 'integer',
      description: 'What each further failure in a row multiplies the delay by; 1 leaves it as it is.',
      minimum: 1,
      maximum: 1000,
      'x-expected': 'an integer from 1 to 1000',
      'x-default': '2',
    },
    window: duration({
      description: 'How long a service has to run for its next failure to count as the first.',
      'x-default': '"10s"',
    }),
    max_attempts: {
      type: 'integer',
      description: 'Restarts after failures in a row; then it gives up.',
      minimum: 1,
      maximum: 1_000_000_000,
      'x-expected': 'an integer from 1 to 1000000000',
      'x-default': 'N of `restart: on-failure:N`, else no limit',
      'x-also': ['maxAttempts', 'max_retries', 'backoffLimit', 'retries'],
    },
    on_give_up: {
      type: 'string',
      description: 'What giving up means: the service stays ended, or the machine restarts or powers off.',
      enum: ['leave', 'reboot', 'poweroff'],
      'x-expected': '"leave", "reboot" or "poweroff"',
      'x-default': '"leave"',
      'x-also': ['onGiveUp'],
    },
  },
  {
    'x-called': 'restart_policy',
    description: "How a service is started again; the label's is replaced key by key.",
    'x-default': fromLabel,
    'x-expected': 'a map with condition, delay, max_delay, backoff, window, max_attempts and on_give_up',
    'x-linuxkit': noSuchKey,
  },
);

const dependency: SchemaNode = closedMap(
  {
    condition: {
      type: 'string',
      description: 'What has to have happened: it runs, its health check has passed, or it ended with exit code 0.',
      enum: ['service_started', 'service_healthy', 'service_completed_successfully'],
      'x-expected': '"service_started", "service_healthy" or "service_completed_successfully"',
      'x-default': '"service_started"; "service_completed_successfully" for an onboot entry',
    },
    restart: {
      type: 'boolean',
      description: 'Whether the service is restarted after the other one was.',
      'x-default': 'false',
    },
    required: {
      type: 'boolean',
      description: 'With false, nothing is waited for that is not there, has failed or was not started.',
      'x-default': 'true',
    },
  },
  {
    'x-called': 'a dependency',
    description: 'What is waited for.',
    'x-expected': 'a map with condition, restart and required',
  },
);

const dependsOn: SchemaNode = {
  type: ['array', 'object'],
  items: {
    type: 'string',
    pattern: entryNameShape.source,
    'x-expected': 'the name of an onboot entry or a service',
  },
  additionalProperties: ref('dependency'),
  description:
    'Onboot entries and services that have to be there before it starts: a list of names, or a map from names to conditions. It waits for these alone; an empty list is for nothing.',
  'x-expected': 'a list of names or a map from names to conditions',
  'x-default': 'a service waits for the end of all onboot entries, an onboot entry for the end of the one before it',
  'x-linuxkit': 'LinuxKit starts services in no particular order.',
  'x-also': ['dependsOn', 'requires', 'after', 'wants', 'depends'],
};

/** Valid in a label, too, for every container that may be stopped. */
const stopSettings: Readonly<Record<string, SchemaNode>> = {
  stop_signal: {
    type: 'string',
    description: 'Signal that asks the process to end: a name such as "SIGQUIT", or a number in quotes.',
    pattern: '^[A-Za-z0-9+-]+$',
    'x-expected': 'a signal such as "SIGTERM"',
    'x-default': 'the label\'s, else the STOPSIGNAL of the image, else "SIGTERM"',
    'x-linuxkit': noSuchKey,
    'x-also': ['stopSignal', 'kill_signal', 'KillSignal'],
  },
  stop_grace_period: duration({
    description: 'How long it gets from that signal to SIGKILL.',
    'x-default': 'the label\'s, else "10s"',
    'x-linuxkit': 'LinuxKit waits for five seconds, for all services together.',
    'x-also': ['stopGracePeriod', 'stop_timeout', 'terminationGracePeriodSeconds', 'TimeoutStopSec'],
  }),
};

/** What a failure does to the system. */
export const onFailure: SchemaNode = {
  type: 'string',
  description:
    'What it means that an entry exits with another code than 0, cannot be started or runs for longer than `timeout`: "continue" with the boot marked degraded, without what depends on it; the boot stops ("halt", a screen says why); the machine restarts or powers off; or "emergency".',
  enum: ['continue', 'halt', 'reboot', 'poweroff', 'emergency'],
  'x-expected': '"continue", "halt", "reboot", "poweroff" or "emergency"',
  'x-default': 'the label\'s, else "continue"',
  'x-linuxkit': 'LinuxKit goes on and says nothing.',
  'x-also': ['onFailure', 'OnFailure'],
};

const timeout: SchemaNode = duration({
  description: 'How long an onboot entry may run; it is stopped then and has failed.',
  'x-default': "the label's, else no limit",
  'x-linuxkit': noSuchKey,
  'x-also': ['activeDeadlineSeconds', 'deadline'],
});

/** Definitions of what only services have and a label may say, too; `healthcheck` is in schema-health.ts. */
const restartSettings: Readonly<Record<string, SchemaNode>> = {
  restart,
  restart_policy: restartPolicy,
};

/** Definitions that the sections and the label refer to by the names of the keys. */
export const supervisionDefinitions: Readonly<Record<string, SchemaNode>> = {
  ...restartSettings,
  ...stopSettings,
  on_failure: onFailure,
  timeout,
  critical: {
    type: 'boolean',
    description: 'The `watchdog` of the spec is fed only while this service is well.',
    'x-default': "the label's, else false",
    'x-linuxkit': noSuchKey,
    'x-also': ['essential'],
  },
  depends_on: dependsOn,
  pod: {
    type: 'string',
    description:
      'Services of one pod share a network of their own, IPC and a host name, which is that of the pod; `tsctl start` and `stop` of one are for all.',
    pattern: '^[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?$',
    'x-expected': 'a name of at most 63 letters, digits and "-"',
    'x-default': 'none',
    'x-linuxkit': noSuchKey,
    'x-also': ['podName', 'pod_name'],
  },
  dependency,
};

function refs(keys: readonly string[]): Readonly<Record<string, SchemaNode>> {
  return Object.fromEntries(keys.map((key) => [key, ref(key)]));
}

function refusals(keys: readonly string[], reason: string, description: string) {
  return Object.fromEntries(keys.map((key) => [key, refused(reason, description)]));
}

const ofServices = [...Object.keys(restartSettings), 'healthcheck', 'critical'];
const ofOnboot = ['on_failure', 'timeout'];
const ofStopped = Object.keys(stopSettings);

/** Keys of each section's entries beyond what all have, and of the label. */
export const sectionKeys: Readonly<Record<'onboot' | 'onshutdown' | 'services' | 'label', Definitions>> = {
  onboot: {
    ...refs([...ofStopped, ...ofOnboot, 'depends_on']),
    ...refusals([...ofServices, 'pod'], 'is for services: this one runs once', 'Only services have it.'),
  },
  onshutdown: {
    ...refusals([...ofServices, 'pod', ...ofStopped], 'is for services: this one runs once', 'Not at shutdown.'),
    ...refusals(ofOnboot, 'is for onboot entries: nothing waits for this one', 'Only onboot entries have it.'),
    depends_on: refused('is for onboot entries and services: these run one after the other', 'Not at shutdown.'),
  },
  services: {
    ...refs([...ofServices, ...ofStopped, 'depends_on', 'pod']),
    ...refusals(ofOnboot, 'is for onboot entries: nothing waits for this one', 'Only onboot entries have it.'),
  },
  label: {
    ...refs([...ofServices, ...ofStopped, ...ofOnboot]),
    depends_on: refused('cannot be set in a label: an image does not know the names of a spec', 'Belongs to the spec.'),
    pod: refused('cannot be set in a label: an image does not know the pods of a spec', 'Belongs to the spec.'),
  },
};

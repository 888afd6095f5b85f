// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { type Ask, describeAsk, type Inquiry, want } from '../ask.ts';
import type { Findings } from '../findings.ts';
import { element } from '../xml.ts';

const goal: Ask = {
  method: 'GET',
  // "What is IP address 168.63.129.16?" in Azure's documentation.
  host: '168.63.129.16',
  path: '/machine/?comp=goalstate',
  headers: { 'x-ms-version': '2012-11-30', 'x-ms-agent-name': 'tskit' },
};

/**
 * Tells Azure's host that the machine has come up, as an agent does ("Creating generalized images without a provisioning agent"): else Azure
 * counts the deployment as failed after some twenty minutes.
 */
export function* reportReady(found: Findings): Inquiry<void> {
  const answer = yield* want(goal, found);
  if (answer === undefined) {
    found.problems.push(`reporting that the machine is ready: ${goal.host} has no goal state`);
    return;
  }
  const [incarnation, container, instance] = ['Incarnation', 'ContainerId', 'InstanceId'].map((name) =>
    plain(element(answer.text, name)),
  );
  if (incarnation === undefined || container === undefined || instance === undefined) {
    found.problems.push(`${describeAsk(goal)}: expected Incarnation, ContainerId and InstanceId, found fewer`);
    return;
  }
  const body =
    '<?xml version="1.0" encoding="utf-8"?><Health xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" ' +
    'xmlns:xsd="http://www.w3.org/2001/XMLSchema">' +
    `<GoalStateIncarnation>${incarnation}</GoalStateIncarnation><Container><ContainerId>${container}</ContainerId>` +
    `<RoleInstanceList><Role><InstanceId>${instance}</InstanceId><Health><State>Ready</State></Health></Role>` +
    '</RoleInstanceList></Container></Health>';
  const headers = { ...goal.headers, 'Content-Type': 'text/xml; charset=utf-8' };
  yield* want({ ...goal, method: 'POST', path: '/machine?comp=health', headers, body }, found);
}

/** What cannot end an element. */
function plain(text: string | undefined): string | undefined {
  return text !== undefined && /^[\w.{}-]{1,200}$/.test(text) ? text : undefined;
}

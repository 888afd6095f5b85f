// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import type { LogPlan } from '../../init/contract.ts';

/** A file with one older one beside it. */
export const defaultLog: LogPlan = { driver: 'file', maxSize: 1024 * 1024, maxFiles: 2, json: false };

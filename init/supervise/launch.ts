// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import type { Launch } from './machine.ts';

export const launch: Launch = () => {
  throw new Error('no container code');
};

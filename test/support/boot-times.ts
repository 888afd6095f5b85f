// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import type { BootTimes } from '../../init/contract/status.ts';

/** A boot that hung on two onboot entries, a database and a service that is checked; another service ran beside them. */
export const someBoot: BootTimes = {
  version: 1,
  initAt: 1,
  entriesAt: 1.5,
  bootedAt: 5,
  units: [
    {
      id: 'onboot/000-disk',
      after: [],
      waitsForOnboot: false,
      isService: false,
      isChecked: false,
      startedAt: 1.5,
      runningAt: 1.6,
      endedAt: 2,
    },
    {
      id: 'onboot/001-dhcp',
      after: [{ on: 'onboot/000-disk', condition: 'finished' }],
      waitsForOnboot: false,
      isService: false,
      isChecked: false,
      startedAt: 2,
      runningAt: 2.1,
      endedAt: 2.5,
    },
    {
      id: 'services/db',
      after: [],
      waitsForOnboot: true,
      isService: true,
      isChecked: true,
      startedAt: 2.5,
      runningAt: 2.75,
      healthyAt: 4,
    },
    {
      id: 'services/web',
      after: [{ on: 'services/db', condition: 'healthy' }],
      waitsForOnboot: false,
      isService: true,
      isChecked: true,
      startedAt: 4,
      runningAt: 4.25,
      healthyAt: 5,
    },
    {
      id: 'services/<log>',
      after: [],
      waitsForOnboot: true,
      isService: true,
      isChecked: false,
      startedAt: 2.75,
      runningAt: 3,
      endedAt: 90,
    },
    {
      id: 'services/late',
      after: [{ on: 'services/<log>', condition: 'completed' }],
      waitsForOnboot: false,
      isService: true,
      isChecked: false,
    },
  ],
};

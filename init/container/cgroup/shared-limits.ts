// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// Limits that v1 and v2 have alike, but for a file's name.

import type { Resources } from '../../contract/resources.ts';
import type { CgroupLimit } from './limit.ts';

type Version = CgroupLimit['version'];

/** pids.max (cgroup-v1/pids.rst). */
export function pidsLimit(version: Version, pids: Resources['pids']): readonly CgroupLimit[] {
  if (pids === undefined) return [];
  // 0 and 1 mean the same to a container, no second task; but nothing can be cloned into a cgroup with 0.
  const value = pids.limit < 0 ? 'max' : String(Math.max(pids.limit, 1));
  return [{ version, controller: 'pids', file: 'pids.max', value }];
}

/** Of pages in use and, on kernels that count them (Linux 5.7), of pages reserved (hugetlb.rst). */
export function hugetlbLimits(
  version: Version,
  hugepageLimits: Resources['hugepageLimits'] = [],
): readonly CgroupLimit[] {
  const suffix = version === 1 ? 'limit_in_bytes' : 'max';
  return hugepageLimits.flatMap(({ pageSize, limit }) => {
    if (!/^[0-9]+(KB|MB|GB)$/.test(pageSize))
      throw new Error(`linux.resources.hugepageLimits: expected a page size like "2MB", found "${pageSize}"`);
    const common = { version, controller: 'hugetlb', value: String(limit) };
    return [
      { ...common, file: `hugetlb.${pageSize}.${suffix}` },
      { ...common, file: `hugetlb.${pageSize}.rsvd.${suffix}`, optional: true },
    ];
  });
}

/** By device: "mlx4_0 hca_handle=2 hca_object=2000" (cgroup-v1/rdma.rst). */
export function rdmaLimits(version: Version, rdma: Resources['rdma'] = {}): readonly CgroupLimit[] {
  return Object.entries(rdma).flatMap(([device, { hcaHandles, hcaObjects }]) => {
    const handles = hcaHandles === undefined ? '' : ` hca_handle=${hcaHandles}`;
    const objects = hcaObjects === undefined ? '' : ` hca_object=${hcaObjects}`;
    if (handles === '' && objects === '') return [];
    return [{ version, controller: 'rdma', file: 'rdma.max', value: `${device}${handles}${objects}` }];
  });
}

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { helpOf } from '../runtime/help.ts';

export default helpOf;

// SPDX-License-Identifier: Apache-2.0
// The steps of provisioning, in order. Their context is a struct order.
#pragma once

#include "provisioner/order.h"

extern const struct saga_step steps[];

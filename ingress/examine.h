// SPDX-License-Identifier: Apache-2.0
// What a request is: signed or not, what it claims to be or not, and which delivery. Any
// thread: it answers nothing, and touches nothing but the request.
#pragma once

#include "ingress/admit.h"
#include "ingress/keep.h"

/* Fills keeping->verdict and what belongs to it. The row and its table are held. */
void examine(struct keeping *keeping);

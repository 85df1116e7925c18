// SPDX-License-Identifier: Apache-2.0
// From a message of COMMANDS to a saga and back: what becomes of the message.
#pragma once

#include "provisioner/order.h"

/* The context of command_handle(); shared by its threads, which only read it. */
struct command_context {
	struct order_world world;
	long lease_ms;
	int max_deliveries; /* as the worker's */
};

/* A worker's handle function. */
bool command_handle(void *context, struct job *job, struct fault *fault);

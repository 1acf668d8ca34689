// What the schema makes visible to CEL rules.
#pragma once

#include <deque>

#include "apiserver/cel/cel.h"

namespace dynamod::apiserver {

struct SchemaNode;

// Sets cel_type of every node below `root`, which is the root of a resource. Nodes without a type
// that rules can know stay null.
void assign_cel_types(SchemaNode& root, std::deque<cel::Type>& types);

}  // namespace dynamod::apiserver

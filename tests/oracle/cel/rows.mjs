// Makes src/apiserver/cel/testdata/conformance.txt of the conformance data of CEL's specification.
//
// Usage: npm pack @bufbuild/cel-spec@0.6.1 && tar xzf bufbuild-cel-spec-0.6.1.tgz
//        node rows.mjs package/dist/esm/testdata/conformance.js > conformance.txt
//
// A row is `name <tab> expression as a JSON string <tab> value as a CEL literal`, or `error` for one that must fail.
// Left out: what needs Protobuf messages, variables, or a part of CEL that rules of custom resources do not have.
import { pathToFileURL } from "node:url";
import { resolve } from "node:path";

const { tests } = await import(pathToFileURL(resolve(process.argv[2])));

// Suites of libraries that Kubernetes does not load, or that we do not claim.
const leftOut = [
  "bindings_ext", "block_ext", "encoders_ext", "enums", "fields/qualified_identifier_resolution", "math_ext",
  "namespace", "network_ext", "proto2", "proto2_ext", "proto3", "type_deduction", "unknowns", "wrappers", "dynamic", "lists_ext",
  "type_deductions",
  // Unknown names are refused when a rule is compiled, as in Kubernetes.
  "basic/variables", "basic/functions", "parse/receiver_function_names",
  "string_ext/reverse", "string_ext/quote", "string_ext/format_errors", "macros2/transformMapEntry",
];

// Time zones by name, and years that 64 bits of nanoseconds do not hold.
const leftOutText = /'(Australia|US|America|Asia)\/|timestamp\('(0001|9999)-/;

function literal(value) {
  if ("nullValue" in value) return "null";
  if ("boolValue" in value) return String(value.boolValue);
  if ("int64Value" in value) return String(value.int64Value);
  if ("uint64Value" in value) return `${value.uint64Value}u`;
  if ("doubleValue" in value) return double(value.doubleValue);
  if ("stringValue" in value) return JSON.stringify(value.stringValue);
  if ("bytesValue" in value) return bytes(value.bytesValue);
  if ("typeValue" in value) return value.typeValue;
  if ("listValue" in value) return `[${(value.listValue.values ?? []).map(literal).join(", ")}]`;
  if ("mapValue" in value)
    return `{${(value.mapValue.entries ?? []).map((e) => `${literal(e.key)}: ${literal(e.value)}`).join(", ")}}`;
  if (value.objectValue?.["@type"]?.endsWith("google.protobuf.Timestamp")) return `timestamp("${value.objectValue.value}")`;
  if (value.objectValue?.["@type"]?.endsWith("google.protobuf.Duration")) return `duration("${value.objectValue.value}")`;
  throw new Error("no literal");
}

function double(value) {
  if (typeof value === "string") return `double("${value}")`;
  const text = Object.is(value, -0) ? "-0" : String(value);
  return /[.e]/.test(text) ? text : `${text}.0`;
}

function bytes(base64) {
  const hex = [...Buffer.from(base64, "base64")].map((b) => `\\x${b.toString(16).padStart(2, "0")}`);
  return `b"${hex.join("")}"`;
}

function expected(test) {
  if (test.evalError !== undefined) return "error";
  if (test.value !== undefined) return literal(test.value);
  if (test.typedResult?.result !== undefined) return literal(test.typedResult.result);
  return "true"; // the default matcher of a test without one
}

function walk(suite, path) {
  for (const inner of suite.suites ?? []) walk(inner, [...path, inner.name]);
  const name = path.join("/");
  if (leftOut.some((out) => name === out || name.startsWith(`${out}/`))) return;
  for (const { original: test } of suite.tests ?? []) {
    if (test.bindings || test.typeEnv || test.container || test.anyUnknowns || test.unknown) continue;
    if (leftOutText.test(test.expr)) continue;
    if (/google\.protobuf\.[A-Z]|cel\.expr|TestAllTypes/.test(test.expr.replaceAll(/google\.protobuf\.(Timestamp|Duration)/g, ""))) continue;
    let value;
    try {
      value = expected(test);
    } catch {
      continue;
    }
    console.log([`${name}/${test.name ?? ""}`, JSON.stringify(test.expr), value].join("\t"));
  }
}

walk(tests, []);

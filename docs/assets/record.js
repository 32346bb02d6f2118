/* A stranger's record.json, read: checked against the schema that our own evidence keeps (evidence/schema.json) before
   anything is made of it. Pure: it reads no page and asks no server. */
(() => {
  "use strict";

  const LIMITS = { bytes: 4_000_000, text: 100_000, entries: 10_000, faults: 10 };

  /** A record that is not compared; its message says why. */
  class Refusal extends Error {}

  /** Refuse what has more bytes than any record. */
  function fits(bytes) {
    if (bytes > LIMITS.bytes) throw new Refusal(`It is too large: over ${LIMITS.bytes / 1e6} MB. A record.json has less than 1.`);
  }

  /** Return `text` as a record that fits `schema` (evidence/schema.json). Throws Refusal. */
  function read(text, schema) {
    fits(text.length);
    let data;
    try {
      data = JSON.parse(text);
    } catch {
      throw new Refusal("It is not JSON. Give the record.json of a wreck, as invoke rebuild writes it.");
    }
    if (typeOf(data) !== "object") throw new Refusal("It is JSON, but no record: a record is an object.");
    const version = Object.hasOwn(data, "schema_version") ? data.schema_version : "none";
    if (version !== schema.schema_version) {
      const given = JSON.stringify(version).slice(0, 20);
      const wanted = `this page reads ${schema.schema_version}`;
      throw new Refusal(`It is of schema version ${given}; ${wanted}. Make it anew with the code of this site.`);
    }
    const faults = [];
    check(data, schema.Record, schema.Record.$defs, "record", faults);
    if (!faults.length) crossCheck(data, faults);
    if (faults.length) throw new Refusal(`It does not fit the schema. ${faults.slice(0, LIMITS.faults).join("; ")}.`);
    return data;
  }

  function typeOf(value) {
    return value === null ? "null" : Array.isArray(value) ? "array" : typeof value;
  }

  /** Note in `faults` where `value` does not fit a part of a JSON Schema: as much of the language as ours uses. */
  function check(value, schema, defs, path, faults) {
    if (faults.length >= LIMITS.faults) return;
    if (schema.$ref) return check(value, defs[schema.$ref.split("/").pop()], defs, path, faults);
    if (schema.anyOf) return checkAny(value, schema.anyOf, defs, path, faults);
    const type = typeOf(value);
    const wanted = schema.type === "integer" ? "number" : schema.type;
    if (wanted && type !== wanted) faults.push(`${path}: wanted ${schema.type}, got ${type}`);
    else if ("const" in schema && value !== schema.const) faults.push(`${path}: wanted ${schema.const}`);
    else if (schema.enum && !schema.enum.includes(value)) faults.push(`${path}: wanted one of ${schema.enum.join(", ")}`);
    else if (type === "number") checkNumber(value, schema, path, faults);
    else if (type === "string") checkText(value, schema, path, faults);
    else if (type === "array") checkList(value, schema, defs, path, faults);
    else if (type === "object") checkObject(value, schema, defs, path, faults);
  }

  function checkAny(value, choices, defs, path, faults) {
    const fitting = choices.filter((choice) => {
      const found = [];
      check(value, choice, defs, path, found);
      return !found.length;
    });
    if (fitting.length) return;
    const real = choices.filter((choice) => choice.type !== "null");
    if (real.length === 1) check(value, real[0], defs, path, faults);
    else faults.push(`${path}: fits nothing that may stand there`);
  }

  function checkNumber(value, { type, minimum, maximum, exclusiveMinimum }, path, faults) {
    if (!Number.isFinite(value)) faults.push(`${path}: a number without an end`);
    else if (type === "integer" && !Number.isInteger(value)) faults.push(`${path}: wanted a whole number`);
    else if (value < minimum || value > maximum || value <= exclusiveMinimum) faults.push(`${path}: ${value} is out of range`);
  }

  function checkText(value, { pattern, format }, path, faults) {
    if (value.length > LIMITS.text) faults.push(`${path}: ${value.length} characters of text`);
    else if (pattern && !new RegExp(pattern).test(value)) faults.push(`${path}: not of the form ${pattern}`);
    else if (format === "date-time" && Number.isNaN(Date.parse(value))) faults.push(`${path}: no time of day`);
  }

  function checkList(value, { items, minItems = 0 }, defs, path, faults) {
    if (value.length < minItems || value.length > LIMITS.entries) faults.push(`${path}: ${value.length} entries`);
    else if (items) value.forEach((each, i) => check(each, items, defs, `${path}.${i}`, faults));
  }

  function checkObject(value, schema, defs, path, faults) {
    const { properties = {}, required = [], patternProperties = {}, additionalProperties = true } = schema;
    const keys = Object.keys(value);
    if (keys.length > LIMITS.entries) return faults.push(`${path}: ${keys.length} entries`);
    const [pattern] = Object.keys(patternProperties);
    for (const name of required) if (!Object.hasOwn(value, name)) faults.push(`${path}.${name}: missing`);
    for (const key of keys) {
      const at = `${path}.${key.slice(0, 60)}`;
      const known = Object.hasOwn(properties, key);
      const named = pattern !== undefined && new RegExp(pattern).test(key);
      if (key === "__proto__" || key.length > 1000) faults.push(`${at}: a name that no record has`);
      else if (known) check(value[key], properties[key], defs, at, faults);
      else if (named) check(value[key], patternProperties[pattern], defs, at, faults);
      else if (pattern !== undefined || additionalProperties === false) faults.push(`${at}: unknown`);
      else if (additionalProperties !== true) check(value[key], additionalProperties, defs, at, faults);
    }
  }

  /** What the contract asks beyond its schema. */
  function crossCheck(record, faults) {
    const reasons = (record.unpublishable_because || []).length;
    if (record.publishable === Boolean(reasons)) faults.push("record.publishable: exactly when nothing speaks against it");
    for (const [name, { loop, rate_per_s: rate = null, clients = null }] of Object.entries(record.experiments)) {
      if ((loop === "open") !== (rate !== null)) faults.push(`record.experiments.${name}: an open loop, and only that, has rate_per_s`);
      if ((loop === "closed") !== (clients !== null)) faults.push(`record.experiments.${name}: a closed loop, and only that, has clients`);
    }
  }

  window.wreckRecord = { Refusal, fits, read, typeOf };
})();

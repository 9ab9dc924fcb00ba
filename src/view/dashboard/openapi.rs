//! The API as an OpenAPI 3.1 document.

use serde_json::{Map, Value, json};

use crate::report::schema::schema;

/// The document, for the version of siplens that serves it.
pub fn document(version: &str) -> String {
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "siplens live",
            "version": version,
            "description": "What a live session of siplens knows: calls and streams now and lately, \
                findings, metrics. Everything is read with GET.",
            "license": { "name": "MIT OR Apache-2.0", "identifier": "MIT OR Apache-2.0" },
        },
        "security": [{ "token": [] }],
        "paths": paths(),
        "components": {
            "securitySchemes": { "token": {
                "type": "http", "scheme": "bearer",
                "description": "The first line of --token-file, where the server was started with one.",
            } },
            "responses": responses(),
            "schemas": schemas(),
        },
    })
    .to_string()
}

fn reference(name: &str) -> Value {
    json!({ "$ref": format!("#/components/schemas/{name}") })
}

fn content(media_type: &str, schema: &Value) -> Value {
    json!({ media_type: { "schema": schema } })
}

/// A GET with what it answers when all is well; `failures` are further statuses.
fn get(id: &str, summary: &str, parameters: &Value, good: &Value, failures: &[&str]) -> Value {
    let mut answers = Map::new();
    answers.insert("200".to_owned(), json!({ "description": "The answer.", "content": good }));
    for status in ["401", "429"].iter().chain(failures) {
        let reference = json!({ "$ref": format!("#/components/responses/{status}") });
        answers.insert((*status).to_owned(), reference);
    }
    json!({ "get": {
        "operationId": id, "summary": summary, "parameters": parameters, "responses": answers,
    } })
}

fn query(name: &str, description: &str, schema: &Value) -> Value {
    json!({ "name": name, "in": "query", "description": description, "schema": schema })
}

fn paths() -> Value {
    let paging = [
        query(
            "offset",
            "Rows to leave out at the beginning.",
            &json!({ "type": "integer", "minimum": 0, "default": 0 }),
        ),
        query(
            "limit",
            "Most rows.",
            &json!({ "type": "integer", "minimum": 1, "maximum": 1000, "default": 100 }),
        ),
    ];
    let only = |of: &str| {
        let text =
            format!("Only rows for which this is true, as for --where (see `siplens where {of}`).");
        query("where", &text, &json!({ "type": "string", "maxLength": 2000 }))
    };
    let with = |mut more: Vec<Value>| {
        more.extend(paging.iter().cloned());
        Value::from(more)
    };
    let call_id = json!([{
        "name": "id", "in": "path", "required": true, "description": "A call's name.",
        "schema": { "type": "string", "pattern": "^call-[0-9]+$" },
    }]);
    let none = json!([]);
    let text = json!({ "type": "string" });
    let json_of = |name| content("application/json", &reference(name));
    let open = |path: Value| {
        let mut path = path;
        path["get"]["security"] = json!([]);
        path
    };
    json!({
        "/": open(get("page", "The page.", &none, &content("text/html", &text), &[])),
        "/health": open(get("health", "Whether the program works: 503 when it has said nothing for 30 s.", &none, &content("text/plain", &text), &["503"])),
        "/ready": open(get("ready", "Whether sources deliver packets and reports are made: 503 until then, and while a source is down.", &none, &content("text/plain", &text), &["503"])),
        "/openapi.json": open(get("openapi", "This document.", &none, &content("application/json", &json!({ "type": "object" })), &[])),
        "/metrics": get("metrics", "Figures for Prometheus, in its text format.", &none, &content("text/plain", &text), &["503"]),
        "/api/overview": get("overview", "How things are, with the course of ratings, the worst calls and the latest findings.", &none, &json_of("Beginning"), &[]),
        "/api/calls": get("calls", "Calls in brief, the latest first: those that go on, and of the finished the latest (--keep-calls).", &with(vec![only("calls")]), &json_of("Calls"), &["400"]),
        "/api/calls/{id}": get("call", "A call whole, as `siplens analyze --json` has it, with its streams and findings.", &call_id, &json_of("Call"), &["404"]),
        "/api/calls/{id}/ladder.svg": get("ladder", "The ladder of a call as a picture.", &call_id, &content("image/svg+xml", &text), &["404"]),
        "/api/streams": get("streams", "RTP streams in brief, the latest first.", &with(vec![only("streams")]), &json_of("Streams"), &["400"]),
        "/api/events": get("events", "Server-sent events: `overview` about once a second (Overview), `call` when a call is finished (CallInBrief), `finding` when one is new (Finding).", &none, &content("text/event-stream", &text), &["503"]),
    })
}

fn responses() -> Value {
    let problem = |description: &str| json!({ "description": description, "content": content("application/json", &reference("Problem")) });
    json!({
        "400": problem("A parameter cannot be read; the text says where."),
        "401": problem("The token is missing or wrong."),
        "404": problem("There is no such call, or it is no longer kept."),
        "429": problem("Too many requests; see Retry-After."),
        "503": problem("Not now."),
    })
}

fn nullable(kind: &str) -> Value {
    json!({ "type": [kind, "null"] })
}

/// An object that has exactly these fields.
fn object(fields: &[(&str, Value)]) -> Value {
    let properties: Map<_, _> =
        fields.iter().map(|(name, schema)| ((*name).to_owned(), schema.clone())).collect();
    let required: Vec<_> = fields.iter().map(|(name, _)| *name).collect();
    json!({ "type": "object", "properties": properties, "required": required, "additionalProperties": false })
}

/// Schemas that several others are made of.
struct Kinds {
    text: Value,
    count: Value,
    number: Value,
    flag: Value,
    maybe_text: Value,
    maybe_number: Value,
    maybe_count: Value,
}

impl Kinds {
    fn new() -> Self {
        Self {
            text: json!({ "type": "string" }),
            count: json!({ "type": "integer", "minimum": 0 }),
            number: json!({ "type": "number" }),
            flag: json!({ "type": "boolean" }),
            maybe_text: nullable("string"),
            maybe_number: nullable("number"),
            maybe_count: nullable("integer"),
        }
    }

    /// An object of which each field is named after a kind: `id:text mos:maybe_number`.
    fn object(&self, fields: &str) -> Value {
        let fields: Vec<_> = fields
            .split_whitespace()
            .map(|field| {
                let (name, kind) = field.split_once(':').unwrap_or((field, ""));
                let schema = match kind {
                    "text" => self.text.clone(),
                    "count" => self.count.clone(),
                    "number" => self.number.clone(),
                    "flag" => self.flag.clone(),
                    "maybe_text" => self.maybe_text.clone(),
                    "maybe_number" => self.maybe_number.clone(),
                    "maybe_count" => self.maybe_count.clone(),
                    _ => match (kind.strip_prefix("maybe_"), kind.strip_suffix("[]")) {
                        (Some(of), _) => json!({ "anyOf": [reference(of), { "type": "null" }] }),
                        (_, Some(of)) => json!({ "type": "array", "items": reference(of) }),
                        (None, None) => reference(kind),
                    },
                };
                (name, schema)
            })
            .collect();
        object(&fields)
    }
}

/// The rows and documents of this API.
const OBJECTS: &[(&str, &str)] = &[
    ("Problem", "error:text"),
    (
        "CallInBrief",
        "id:text state:text finished:flag from:maybe_text to:maybe_text caller:maybe_Address \
         callee:maybe_Address call_id:maybe_text start_time:text answer_time:maybe_text end_time:maybe_text \
         duration_s:maybe_number post_dial_delay_ms:maybe_number final_status:maybe_count mos:maybe_number \
         streams:count findings:count",
    ),
    (
        "StreamInBrief",
        "id:text call:maybe_text direction:maybe_text src:Address dst:Address ssrc:text codec:maybe_text \
         encryption:maybe_text first_time:text last_time:text packets:count lost:count \
         lost_percent:maybe_number jitter_ms:maybe_number mos_lq:maybe_number findings:count",
    ),
    (
        "Finding",
        "code:text severity:text title:text explanation:text fix:text reference:text call:maybe_text \
         registration:maybe_text stream:maybe_text time:text",
    ),
    ("Moment", "time:text talking:count mos:maybe_number mos_p5:maybe_number"),
    ("Source", "name:text format:text packets:count dropped:maybe_count down:maybe_text"),
    ("States", "trying:count ringing:count answered:count"),
    (
        "Overview",
        "version:text now:Moment running_s:number lag_ms:number packets:count states:States open:count \
         finished:count attempts:count attempts_answered:count calls:CallInBrief[] sources:Source[]",
    ),
    ("Beginning", "overview:maybe_Overview course:Moment[] worst:CallInBrief[] findings:Finding[]"),
    ("Calls", "total:count offset:count calls:CallInBrief[]"),
    ("Streams", "total:count offset:count streams:StreamInBrief[]"),
    ("Call", "call:CallRow streams:StreamRow[] findings:FindingRow[]"),
];

fn schemas() -> Value {
    let mut schemas = Map::new();
    let report = schema().to_value();
    // Rows that are the report's own.
    if let Some(definitions) = report.get("$defs").and_then(Value::as_object) {
        for (name, definition) in definitions {
            schemas.insert(name.clone(), moved(definition));
        }
    }
    let kinds = Kinds::new();
    for (name, fields) in OBJECTS {
        schemas.insert((*name).to_owned(), kinds.object(fields));
    }
    schemas.into()
}

/// A definition of the report's schema where it stands in this document.
fn moved(schema: &Value) -> Value {
    match schema {
        Value::Object(fields) => fields
            .iter()
            .map(|(key, value)| {
                let name =
                    (key == "$ref").then(|| value.as_str()?.strip_prefix("#/$defs/")).flatten();
                let value = name.map_or_else(
                    || moved(value),
                    |name| format!("#/components/schemas/{name}").into(),
                );
                (key.clone(), value)
            })
            .collect::<Map<_, _>>()
            .into(),
        Value::Array(items) => items.iter().map(moved).collect::<Vec<_>>().into(),
        other => other.clone(),
    }
}

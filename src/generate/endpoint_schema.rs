//! JSON Schemas (2020-12) of what the endpoint takes and answers: every payload form of score.py.

use std::collections::HashMap;

use serde_json::{Map, Value, json};

use crate::artifact::{Manifest, MethodEntry, OutputEntry};
use crate::error::Result;
use crate::model::{DeclaredType, Kind, SignatureField};

/// Fields up to which the schema is written over several lines.
const PRETTY_FIELDS: usize = 1000;
const DIALECT: &str = "https://json-schema.org/draft/2020-12/schema";

fn pretty(schema: &Value) -> Result<String> {
    Ok(format!("{schema:#}\n"))
}

/// The schema of a request.
pub fn request(manifest: &Manifest) -> Result<String> {
    let fields = &manifest.signature.inputs;
    let types = Types::of(fields);
    let methods: Vec<&str> = manifest.methods.iter().map(|method| method.name.as_str()).collect();
    let rows = json!({"anyOf": [
        {"$ref": "#/$defs/record"},
        {"$ref": "#/$defs/columns"},
        {"$ref": "#/$defs/split"},
        {"type": "array", "items": {"$ref": "#/$defs/record"}},
        {"type": "array", "items": {"$ref": "#/$defs/row"}},
        {"type": "array", "items": {"$ref": "#/$defs/scalar"}},
    ]});
    let mut schema = json!({
        "$schema": DIALECT,
        "title": format!("Request of {}", manifest.artifact.name),
        "description": "Columns are matched by name in any order; others are ignored. Rows without names are matched by position.",
        "anyOf": [
            {"$ref": "#/$defs/envelope"},
            {"$ref": "#/$defs/rows"},
            {"description": "any of the forms above as JSON text", "type": "string"},
        ],
        "$defs": {
            "scalar": {"type": ["number", "boolean", "string", "null"]},
            "row": types.row(),
            "record": types.object("one row", fields, Types::value),
            "columns": types.object("the values of every column, as a list or by index", fields, Types::column),
            "split": {
                "description": "pandas' split form",
                "type": "object",
                "properties": {
                    "columns": {"type": "array"},
                    "index": {"type": "array"},
                    "data": {"type": "array", "items": {"type": "array", "items": {"$ref": "#/$defs/scalar"}}},
                    "method": {"enum": methods},
                },
                "required": ["columns", "data"],
            },
            "rows": rows,
            "envelope": {
                "description": "rows with the type of their container and the method to call",
                "type": "object",
                "properties": {
                    "data": {"anyOf": [
                        {"$ref": "#/$defs/rows"},
                        {"description": "JSON text, or an .npy file in Base64 where data_type says ndarray", "type": "string"},
                    ]},
                    "data_type": {"type": "string"},
                    "method": {"enum": methods},
                },
                "required": ["data"],
            },
        },
    });
    if let Some(definitions) = schema.get_mut("$defs").and_then(Value::as_object_mut) {
        definitions.extend(types.definitions());
    }
    match fields.len() {
        0..=PRETTY_FIELDS => pretty(&schema),
        _ => Ok(format!("{schema}\n")),
    }
}

/// The schemas of the columns, each of which stands once: a table may have many columns of one type.
struct Types {
    /// The name of the definition for every column.
    names: Vec<String>,
    values: Vec<(String, Value)>,
}

impl Types {
    /// A definition is called by its column's type, and numbered from the second of that type on.
    fn of(fields: &[SignatureField]) -> Self {
        let mut known: HashMap<String, String> = HashMap::new();
        let mut of_type: HashMap<String, usize> = HashMap::new();
        let mut types = Types { names: Vec::with_capacity(fields.len()), values: Vec::new() };
        for field in fields {
            let value = value(field);
            let name = known.entry(value.to_string()).or_insert_with(|| {
                let dtype = field.dtype.name().to_owned();
                let count = of_type.entry(dtype.clone()).and_modify(|count| *count += 1).or_insert(1);
                let name = if *count == 1 { dtype } else { format!("{dtype}-{count}") };
                types.values.push((name.clone(), value));
                name
            });
            types.names.push(name.clone());
        }
        types
    }

    /// One value of each column.
    fn value(name: &str) -> Value {
        json!({"$ref": format!("#/$defs/values/{name}")})
    }

    /// All values of each column.
    fn column(name: &str) -> Value {
        json!({"$ref": format!("#/$defs/columns-of/{name}")})
    }

    /// The values of all columns in their order.
    fn row(&self) -> Value {
        let (description, count) = ("the values of one row in the order of the model", self.names.len());
        let mut row = json!({"description": description, "type": "array", "minItems": count, "maxItems": count});
        let items = match self.values.as_slice() {
            [(name, _)] => ("items", Types::value(name)),
            _ => ("prefixItems", self.names.iter().map(|name| Types::value(name)).collect()),
        };
        row[items.0] = items.1;
        row
    }

    fn object(&self, description: &str, fields: &[SignatureField], schema: impl Fn(&str) -> Value) -> Value {
        let schemas = self.names.iter().map(|name| schema(name));
        described_object(description, fields, schemas)
    }

    fn definitions(self) -> [(String, Value); 2] {
        let columns: Map<String, Value> =
            self.values.iter().map(|(name, _)| (name.clone(), column(&Types::value(name)))).collect();
        [("values".into(), Value::Object(self.values.into_iter().collect())), ("columns-of".into(), columns.into())]
    }
}

fn described_object(description: &str, fields: &[SignatureField], schemas: impl Iterator<Item = Value>) -> Value {
    let names = fields.iter().map(|field| &field.name);
    let properties: Map<String, Value> = names.clone().cloned().zip(schemas).collect();
    json!({"description": description, "type": "object", "properties": properties, "required": names.collect::<Vec<_>>()})
}

/// One value of a column.
fn value(field: &SignatureField) -> Value {
    if let Some(categories) = field.categories.as_ref().filter(|_| field.closed) {
        let mut values = json!(categories);
        if let (true, Value::Array(values)) = (field.nullable, &mut values) {
            values.push(Value::Null);
        }
        return json!({"enum": values});
    }
    let single = single_value(field);
    let mut extents = field.shape.iter().flatten().rev();
    let nested = extents.try_fold(single, |items, extent| {
        let mut list = json!({"type": "array", "items": items});
        if let (Some(list), 1..) = (list.as_object_mut(), *extent) {
            list.extend([("minItems".into(), json!(extent)), ("maxItems".into(), json!(extent))]);
        }
        Some(list)
    });
    let value = nested.unwrap_or_default();
    match field.nullable && (field.shape.is_some() || !field.fields.is_empty()) {
        true => json!({"anyOf": [value, {"type": "null"}]}),
        false => value,
    }
}

/// One element of a column.
fn single_value(field: &SignatureField) -> Value {
    let mut types = match field.dtype.kind() {
        Kind::Number => vec!["number", "boolean"],
        Kind::Integer => vec!["integer", "boolean"],
        Kind::Bool => vec!["boolean", "integer"],
        Kind::Text => vec!["string"],
        Kind::Category => vec!["string", "number", "boolean"],
        Kind::Bytes => return described(field, json!({"type": "string", "contentEncoding": "base64"})),
        Kind::Timestamp => return described(field, json!({"type": "string", "description": "ISO 8601, no time zone"})),
        Kind::Object if field.fields.is_empty() => return described(field, json!({"type": "object"})),
        Kind::Object => {
            return described_object("a group of values", &field.fields, field.fields.iter().map(value));
        }
    };
    if field.nullable {
        types.push("null");
    }
    let mut schema = json!({"type": types});
    if let (Some((lowest, highest)), Some(members)) = (field.dtype.range(), schema.as_object_mut())
        && !matches!(field.dtype, DeclaredType::Int64)
    {
        members.extend([("minimum".into(), json!(lowest)), ("maximum".into(), json!(highest))]);
    }
    let kind = field.dtype.kind();
    let mut texts = if kind == Kind::Number { vec!["Infinity", "-Infinity"] } else { Vec::new() };
    if field.nullable && !matches!(kind, Kind::Text | Kind::Category) {
        texts.push("NaN");
    }
    if texts.is_empty() { schema } else { json!({"anyOf": [schema, {"enum": texts}]}) }
}

/// A schema that takes null, too, where the column does.
fn described(field: &SignatureField, schema: Value) -> Value {
    if field.nullable { json!({"anyOf": [schema, {"type": "null"}]}) } else { schema }
}

/// All values of a column.
fn column(value: &Value) -> Value {
    json!({"anyOf": [{"type": "array", "items": value}, {"type": "object", "additionalProperties": value}]})
}

/// The schema of an answer.
pub fn response(manifest: &Manifest) -> Result<String> {
    let methods: Map<String, Value> =
        manifest.methods.iter().map(|method| (method.name.clone(), method_row(method))).collect();
    let rows: Vec<Value> = manifest.methods.iter().map(|method| json!({"$ref": reference(&method.name)})).collect();
    let default = manifest.default_method().map_or("", |method| method.name.as_str());
    let mut properties =
        Map::from_iter([("prediction".to_owned(), json!({"type": "array", "items": {"anyOf": rows}}))]);
    if manifest.partitions.is_some() {
        let texts =
            |description: &str| json!({"description": description, "type": "array", "items": {"type": "string"}});
        properties.insert("partition".into(), texts("the partition of each row"));
        properties.insert("model_id".into(), texts("the model that scored each row"));
    }
    let required: Vec<&String> = properties.keys().collect();
    pretty(&json!({
        "$schema": DIALECT,
        "title": format!("Answer of {}", manifest.artifact.name),
        "description": format!("One item per row; rows of `{default}` where the request names no method."),
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": false,
        "$defs": {
            "number": {"anyOf": [{"type": "number"}, {"enum": ["NaN", "Infinity", "-Infinity"]}]},
            "methods": methods,
        },
    }))
}

/// A JSON pointer to a method's row, escaped as RFC 6901 and a URI fragment ask.
fn reference(method: &str) -> String {
    let escaped = method.replace('~', "~0").replace('/', "~1");
    let encoded: String = escaped
        .bytes()
        .map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => char::from(byte).to_string(),
            _ => format!("%{byte:02X}"),
        })
        .collect();
    format!("#/$defs/methods/{encoded}")
}

fn method_row(method: &MethodEntry) -> Value {
    match method.outputs.as_slice() {
        [output] => output_row(output),
        outputs => {
            let items: Vec<Value> = outputs.iter().map(output_row).collect();
            json!({"type": "array", "prefixItems": items, "minItems": outputs.len(), "maxItems": outputs.len()})
        }
    }
}

fn output_row(output: &OutputEntry) -> Value {
    let element = match output.dtype.kind() {
        Kind::Number => json!({"$ref": "#/$defs/number"}),
        Kind::Integer => json!({"type": "integer"}),
        Kind::Bool => json!({"type": "boolean"}),
        Kind::Text | Kind::Category | Kind::Bytes | Kind::Timestamp => json!({"type": ["string", "null"]}),
        Kind::Object => json!({"type": ["object", "null"]}),
    };
    if output.sparse {
        return sparse_row(output.width, &element);
    }
    if output.width == 1 && !output.list {
        return element;
    }
    json!({"type": "array", "items": element, "minItems": output.width, "maxItems": output.width})
}

/// The columns that a row stores, in ascending order, and their values.
fn sparse_row(width: u32, element: &Value) -> Value {
    let column = json!({"type": "integer", "minimum": 0, "exclusiveMaximum": width});
    json!({
        "description": format!("the elements of {width} columns that are stored; all others are 0"),
        "type": "object",
        "properties": {
            "columns": {"type": "array", "items": column, "uniqueItems": true},
            "values": {"type": "array", "items": element},
        },
        "required": ["columns", "values"],
        "additionalProperties": false,
    })
}

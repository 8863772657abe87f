//! OpenAPI documents in one spelling, whether 3.0 or 3.1.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

/// A document, and what its paths are under.
pub(crate) struct Document {
    value: Value,
    mount: String,
}

/// What a value looks like: references followed, `allOf` merged, and the ways
/// to say that null is allowed made one.
#[derive(Debug, Default)]
pub(crate) struct Shape {
    /// The name under which the document keeps it, if it does.
    pub(crate) name: Option<String>,
    pub(crate) kinds: BTreeSet<String>,
    pub(crate) nullable: bool,
    /// Format, limits, pattern, default, by keyword.
    pub(crate) facts: BTreeMap<&'static str, String>,
    pub(crate) words: BTreeSet<String>,
    pub(crate) required: BTreeSet<String>,
    /// Not looked into yet: a shape may hold itself.
    pub(crate) properties: BTreeMap<String, Value>,
    pub(crate) items: Option<Value>,
    pub(crate) others: Option<Value>,
    pub(crate) variants: Vec<Value>,
}

/// An operation with its parts found, not yet looked into.
#[derive(Debug, Default)]
pub(crate) struct Operation {
    /// By place and name, as in `query subject`.
    pub(crate) parameters: BTreeMap<String, Parameter>,
    pub(crate) body: Option<Body>,
    /// By status, then media type.
    pub(crate) answers: BTreeMap<String, BTreeMap<String, Value>>,
}

#[derive(Debug)]
pub(crate) struct Parameter {
    pub(crate) required: bool,
    pub(crate) schema: Value,
}

#[derive(Debug)]
pub(crate) struct Body {
    pub(crate) required: bool,
    pub(crate) content: BTreeMap<String, Value>,
}

const METHODS: [&str; 7] = ["get", "put", "post", "delete", "patch", "head", "options"];

/// Keywords that are compared as they are.
const FACTS: [&str; 14] = [
    "format",
    "default",
    "minimum",
    "maximum",
    "exclusiveMinimum",
    "exclusiveMaximum",
    "multipleOf",
    "minLength",
    "maxLength",
    "pattern",
    "minItems",
    "maxItems",
    "uniqueItems",
    "minProperties",
];

impl Document {
    /// The facts of a reference document.
    pub(crate) fn reference(value: Value) -> Self {
        let mount = value["mount"].as_str().unwrap().to_owned();
        Self { value, mount }
    }

    /// A document of ours.
    pub(crate) fn served(value: Value) -> Self {
        let mount = value["servers"][0]["url"].as_str().unwrap_or_default();
        let mount = mount.trim_end_matches('/').to_owned();
        Self { value, mount }
    }

    /// All operations, named by method and complete path. Parameters of a path
    /// have no name in it: on the wire they have none either.
    pub(crate) fn operations(&self) -> BTreeMap<String, Operation> {
        let mut operations = BTreeMap::new();
        for (path, item) in self.value["paths"].as_object().unwrap() {
            for (method, operation) in item.as_object().unwrap() {
                if !METHODS.contains(&method.as_str()) {
                    continue;
                }
                let (path, names) = without_names(path);
                let name = format!("{} {}{path}", method.to_uppercase(), self.mount);
                let twice = operations.insert(name, self.operation(operation, &names));
                assert!(twice.is_none(), "{method} {path} is there twice");
            }
        }
        operations
    }

    fn operation(&self, operation: &Value, names: &[String]) -> Operation {
        let mut parts = Operation::default();
        for parameter in operation["parameters"].as_array().into_iter().flatten() {
            let parameter = self.resolve(parameter);
            let place = parameter["in"].as_str().unwrap();
            let name = parameter["name"].as_str().unwrap();
            let position = names.iter().position(|of_path| of_path == name);
            let key = match (place, position) {
                ("path", position) => format!("path {}", position.unwrap() + 1),
                ("header", _) => format!("header {}", name.to_lowercase()),
                _ => format!("{place} {name}"),
            };
            let parameter = Parameter {
                required: parameter["required"].as_bool().unwrap_or(false),
                schema: parameter["schema"].clone(),
            };
            parts.parameters.insert(key, parameter);
        }
        if let Some(body) = operation.get("requestBody") {
            parts.body = Some(Body {
                required: body["required"].as_bool().unwrap_or(false),
                content: content(body),
            });
        }
        for (status, answer) in operation["responses"].as_object().unwrap() {
            let answer = content(self.resolve(answer));
            parts.answers.insert(status.clone(), answer);
        }
        parts
    }

    fn resolve<'a>(&'a self, value: &'a Value) -> &'a Value {
        match value.get("$ref").and_then(Value::as_str) {
            Some(reference) => {
                let pointer = reference.strip_prefix('#').unwrap();
                let found = self.value.pointer(pointer);
                self.resolve(found.unwrap_or_else(|| panic!("{reference} is not there")))
            }
            None => value,
        }
    }

    /// What the items of a HAL collection look like (`_embedded` with one list),
    /// also where something else can stand in its place.
    pub(crate) fn collected(&self, schema: &Value) -> Option<Value> {
        let shape = self.shape(schema);
        let found = shape.variants.iter().find_map(|part| self.collected(part));
        found.or_else(|| {
            let embedded = self.shape(shape.properties.get("_embedded")?);
            let list = self.shape(embedded.properties.values().next()?);
            list.items
        })
    }

    /// What a schema says.
    pub(crate) fn shape(&self, schema: &Value) -> Shape {
        let mut shape = Shape::default();
        if let Some(reference) = schema.get("$ref").and_then(Value::as_str) {
            shape = self.shape(self.resolve(schema));
            shape.name = reference.rsplit('/').next().map(str::to_owned);
        }
        for part in list(schema, "allOf") {
            shape.take(self.shape(part));
        }
        for keyword in ["oneOf", "anyOf"] {
            let (nothing, real): (Vec<_>, Vec<_>) =
                list(schema, keyword).partition(|part| part["type"] == "null");
            shape.nullable |= !nothing.is_empty();
            match real.as_slice() {
                [] => {}
                [one] => {
                    let one = self.shape(one);
                    shape.name = shape.name.or_else(|| one.name.clone());
                    shape.take(one);
                }
                several => {
                    // What all ways have in common is what the whole is.
                    let kinds: BTreeSet<_> =
                        several.iter().map(|one| self.shape(one).kinds).collect();
                    shape.kinds.extend(
                        kinds
                            .first()
                            .filter(|_| kinds.len() == 1)
                            .cloned()
                            .unwrap_or_default(),
                    );
                    shape.variants = several.iter().copied().cloned().collect();
                }
            }
        }
        shape.take(own(schema));
        shape
    }
}

impl Shape {
    /// Adds what another part of the same schema says.
    fn take(&mut self, other: Self) {
        self.kinds.extend(other.kinds);
        self.nullable |= other.nullable;
        self.facts.extend(other.facts);
        self.words.extend(other.words);
        self.required.extend(other.required);
        self.properties.extend(other.properties);
        self.items = other.items.or(self.items.take());
        self.others = other.others.or(self.others.take());
        self.variants.extend(other.variants);
    }
}

/// What the schema says itself, without the parts it refers to.
fn own(schema: &Value) -> Shape {
    let mut shape = Shape {
        nullable: schema["nullable"] == true,
        items: schema.get("items").cloned(),
        // An empty or permissive word on other members is the same as none.
        others: schema
            .get("additionalProperties")
            .filter(|others| **others != Value::Bool(true))
            .cloned(),
        ..Shape::default()
    };
    let kinds = match &schema["type"] {
        Value::String(kind) => vec![kind.clone()],
        kinds => strings(kinds),
    };
    shape.nullable |= kinds.iter().any(|kind| kind == "null");
    shape.kinds = kinds.into_iter().filter(|kind| kind != "null").collect();
    for fact in FACTS {
        if let Some(value) = schema.get(fact).filter(|value| !value.is_null()) {
            shape.facts.insert(fact, plain(value));
        }
    }
    let fixed = schema.get("const");
    for word in list(schema, "enum").chain(fixed) {
        match word {
            Value::Null => shape.nullable = true,
            word => drop(shape.words.insert(plain(word))),
        }
    }
    shape.required = strings(&schema["required"]).into_iter().collect();
    if let Some(properties) = schema["properties"].as_object() {
        shape.properties = properties
            .iter()
            .map(|(name, schema)| (name.clone(), schema.clone()))
            .collect();
        // 3.0 documents often leave out that what has properties is an object.
        if shape.kinds.is_empty() {
            shape.kinds.insert("object".to_owned());
        }
    }
    shape
}

fn list<'a>(value: &'a Value, keyword: &str) -> impl Iterator<Item = &'a Value> {
    let list = value.get(keyword).and_then(Value::as_array);
    list.into_iter().flatten()
}

fn strings(value: &Value) -> Vec<String> {
    let list = value.as_array().into_iter().flatten();
    list.map(|word| word.as_str().unwrap().to_owned()).collect()
}

/// Text as it is, a number without what only its spelling adds.
fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Number(number) => match number.as_f64() {
            Some(whole) if whole.fract() == 0.0 => format!("{whole:.0}"),
            _ => number.to_string(),
        },
        other => other.to_string(),
    }
}

fn content(node: &Value) -> BTreeMap<String, Value> {
    let content = node["content"].as_object().into_iter().flatten();
    content
        .map(|(kind, value)| (kind.clone(), value["schema"].clone()))
        .collect()
}

/// `/a/{b}` as `/a/{}`, and the names that were in it.
fn without_names(path: &str) -> (String, Vec<String>) {
    let mut names = Vec::new();
    let mut plain = String::new();
    for part in path.split('/').skip(1) {
        plain.push('/');
        match part
            .strip_prefix('{')
            .and_then(|name| name.strip_suffix('}'))
        {
            Some(name) => {
                names.push(name.to_owned());
                plain.push_str("{}");
            }
            None => plain.push_str(part),
        }
    }
    (plain, names)
}

//! An OpenAPI document as a page to read: no script, nothing from elsewhere.

use std::fmt::Write as _;

use serde_json::{Map, Value};

use crate::html::escape;

/// The style sheet of the pages.
pub(super) const STYLE: &str = "
:root { color-scheme: light dark; --line: #8886; --soft: #8882; }
body { max-width: 60rem; margin: 2rem auto; padding: 0 1rem; font: 16px/1.5 system-ui, sans-serif; }
code { font: 0.9em ui-monospace, monospace; }
h2 { margin-top: 3rem; border-bottom: 1px solid var(--line); }
h3 { margin-top: 2rem; overflow-wrap: anywhere; }
.method { padding: 0.1em 0.5em; border-radius: 0.3em; background: var(--soft); }
.scroll { overflow-x: auto; margin: 1rem 0; }
table { border-collapse: collapse; width: 100%; }
th, td { padding: 0.3em 0.6em; border-bottom: 1px solid var(--line); text-align: left; vertical-align: top; }
";

const METHODS: [&str; 5] = ["get", "post", "put", "patch", "delete"];

/// The list of all documents, as name and title.
pub(super) fn index<'a>(documents: impl Iterator<Item = (&'a str, &'a str)>) -> String {
    let mut list = String::from("<h1>APIs of this hub</h1><ul>");
    for (name, title) in documents {
        let (name, title) = (escape(name), escape(title));
        list += &format!(
            "<li><a href=\"/docs/{name}\">{title}</a> \
             (<a href=\"/docs/{name}.json\">OpenAPI</a>)</li>"
        );
    }
    list += "</ul>";
    frame("APIs of this hub", &list)
}

/// A whole document.
pub(super) fn document(name: &str, document: &Value) -> String {
    let title = text(&document["info"]["title"]);
    let base = document["servers"][0]["url"].as_str().unwrap_or_default();
    let mut page = format!(
        "<p><a href=\"/docs/\">All APIs</a></p><h1>{title}</h1>\
         <p><a href=\"/docs/{}.json\">OpenAPI document</a></p>",
        escape(name)
    );
    if let Some(description) = document["info"]["description"].as_str() {
        let _ = write!(page, "<p>{}</p>", escape(description));
    }
    page += match document["security"].as_array().map_or(0, Vec::len) {
        0 => "",
        1 => {
            "<p>Every call needs a bearer token of the <a href=\"/docs/oauth\">token service</a>.</p>"
        }
        _ => {
            "<p>Every call needs a bearer token of the <a href=\"/docs/oauth\">token service</a>, \
             or a client certificate the hub knows, or a certificate with a token for it.</p>"
        }
    };
    page += "<h2>Operations</h2>";
    for (path, item) in members(&document["paths"]) {
        for method in METHODS {
            if let Some(operation) = item.get(method) {
                let path = format!("{}{path}", base.trim_end_matches('/'));
                page += &self::operation(method, &path, operation);
            }
        }
    }
    page += "<h2>Shapes</h2>";
    for (name, schema) in members(&document["components"]["schemas"]) {
        page += &shape(name, schema);
    }
    frame(&title, &page)
}

fn frame(title: &str, body: &str) -> String {
    format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <title>{title}</title><link rel=\"stylesheet\" href=\"/docs/style.css\"></head>\
         <body><main>{body}</main></body></html>"
    )
}

fn operation(method: &str, path: &str, operation: &Value) -> String {
    let mut page = format!(
        "<h3><code class=\"method\">{}</code> <code>{}</code></h3><p>{}</p>",
        method.to_uppercase(),
        escape(path),
        text(&operation["summary"])
    );
    if let Some(description) = operation["description"].as_str() {
        let _ = write!(page, "<p>{}</p>", escape(description));
    }
    let parameters = operation["parameters"].as_array();
    if let Some(parameters) = parameters.filter(|parameters| !parameters.is_empty()) {
        let rows = parameters.iter().map(|parameter| {
            [
                format!("<code>{}</code>", text(&parameter["name"])),
                text(&parameter["in"]),
                kind(&parameter["schema"]),
                text(&parameter["description"]),
            ]
        });
        page += &table(["Parameter", "In", "Type", "Meaning"], rows);
    }
    for body in content(&operation["requestBody"]) {
        let _ = write!(page, "<p>Body: {body}</p>");
    }
    let rows = members(&operation["responses"]).map(|(status, response)| {
        let bodies: Vec<String> = content(response).collect();
        [
            escape(status),
            text(&response["description"]),
            bodies.join(", "),
        ]
    });
    page + &table(["Status", "Meaning", "Body"], rows)
}

/// The types of a body, with their media types.
fn content(body: &Value) -> impl Iterator<Item = String> {
    members(&body["content"])
        .map(|(media_type, body)| format!("{} ({})", kind(&body["schema"]), escape(media_type)))
}

fn shape(name: &str, schema: &Value) -> String {
    let mut page = format!("<h3 id=\"{0}\"><code>{0}</code></h3>", escape(name));
    if let Some(description) = schema["description"].as_str() {
        let _ = write!(page, "<p>{}</p>", escape(description));
    }
    let fields = fields(schema);
    if fields.is_empty() {
        let _ = write!(page, "<p>{}</p>", kind(schema));
        return page;
    }
    let rows = fields.into_iter().map(|(name, field, required)| {
        [
            format!("<code>{}</code>", escape(name)),
            kind(field),
            if required { "always" } else { "" }.to_owned(),
            text(&field["description"]),
        ]
    });
    page + &table(["Member", "Type", "There", "Meaning"], rows)
}

/// The members of an object, also of one put together from several.
fn fields(schema: &Value) -> Vec<(&str, &Value, bool)> {
    let mut found: Vec<_> = members(&schema["properties"])
        .map(|(name, field)| {
            let required = schema["required"].as_array();
            (
                name,
                field,
                required.is_some_and(|names| names.iter().any(|n| n == name)),
            )
        })
        .collect();
    for part in schema["allOf"].as_array().into_iter().flatten() {
        found.extend(fields(part));
    }
    found
}

/// A type in words, with its limits.
fn kind(schema: &Value) -> String {
    if let Some(reference) = schema["$ref"].as_str() {
        let name = escape(reference.rsplit('/').next().unwrap_or(reference));
        return format!("<a href=\"#{name}\">{name}</a>");
    }
    let parts = ["oneOf", "anyOf", "allOf"]
        .iter()
        .find_map(|key| schema[*key].as_array());
    if let Some(parts) = parts {
        let parts: Vec<String> = parts.iter().map(kind).collect();
        return parts.join(" or ");
    }
    let names: Vec<&str> = match &schema["type"] {
        Value::String(name) => vec![name],
        Value::Array(names) => names.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    };
    let mut words = escape(&names.join(" or "));
    if schema["items"].is_object() {
        let _ = write!(words, " of {}", kind(&schema["items"]));
    }
    if let Some(choices) = schema["enum"].as_array() {
        let choices: Vec<String> = choices
            .iter()
            .map(|choice| format!("<code>{}</code>", text(choice)))
            .collect();
        let _ = write!(words, ": {}", choices.join(", "));
    }
    for (key, label) in [
        ("format", ""),
        ("minLength", "at least "),
        ("maxLength", "at most "),
        ("minimum", "from "),
        ("maximum", "to "),
    ] {
        if !schema[key].is_null() {
            let _ = write!(words, ", {label}{}", text(&schema[key]));
        }
    }
    words
}

fn table<const N: usize>(heads: [&str; N], rows: impl Iterator<Item = [String; N]>) -> String {
    let mut table = String::from("<div class=\"scroll\"><table><tr>");
    for head in heads {
        let _ = write!(table, "<th>{head}</th>");
    }
    for row in rows {
        table += "</tr><tr>";
        for cell in row {
            let _ = write!(table, "<td>{cell}</td>");
        }
    }
    table + "</tr></table></div>"
}

fn members(value: &Value) -> impl Iterator<Item = (&str, &Value)> {
    value
        .as_object()
        .into_iter()
        .flat_map(Map::iter)
        .map(|(name, value)| (name.as_str(), value))
}

/// A text or number, fit to stand in a page.
fn text(value: &Value) -> String {
    match value {
        Value::String(text) => escape(text),
        Value::Null => String::new(),
        other => escape(&other.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_stands_in_a_document_cannot_break_the_page() {
        let evil = json!({
            "info": { "title": "<b>", "description": "<b>" },
            "paths": { "/<i>": { "get": { "summary": "\"&", "responses": {} } } },
        });
        let page = document("x\"", &evil);
        assert!(!page.contains("<b>") && !page.contains("<i>") && !page.contains("\"&\""));
        assert!(page.contains("&lt;b&gt;"));
    }

    #[test]
    fn types_are_said_in_words() {
        let cases = [
            (
                json!({ "type": ["string", "null"], "maxLength": 100 }),
                "string or null, at most 100",
            ),
            (
                json!({ "type": "array", "items": { "type": "string" } }),
                "array of string",
            ),
            (
                json!({ "type": "integer", "minimum": 1, "maximum": 2 }),
                "integer, from 1, to 2",
            ),
            (
                json!({ "$ref": "#/components/schemas/a" }),
                "<a href=\"#a\">a</a>",
            ),
            (
                json!({ "type": "string", "enum": ["a"] }),
                "string: <code>a</code>",
            ),
        ];
        for (schema, words) in cases {
            assert_eq!(kind(&schema), words);
        }
    }
}

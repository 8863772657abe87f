//! Compares two documents and words each difference in a line:
//! `WHERE what: in the reference => here`.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::document::{Document, Operation, Shape};

/// All differences.
pub(crate) fn compare(theirs: &Document, ours: &Document) -> BTreeSet<String> {
    let mut comparison = Comparison {
        theirs,
        ours,
        found: BTreeSet::new(),
        seen: BTreeSet::new(),
    };
    let (of_them, of_us) = (theirs.operations(), ours.operations());
    comparison.pairs(&of_them, &of_us, String::clone, Comparison::operation);
    comparison.found
}

struct Comparison<'a> {
    theirs: &'a Document,
    ours: &'a Document,
    found: BTreeSet<String>,
    /// Pairs of schemas that were compared: a shape may hold itself.
    seen: BTreeSet<(String, String)>,
}

impl Comparison<'_> {
    /// Tells what only one of two maps has, and goes into what both have.
    fn pairs<T>(
        &mut self,
        theirs: &BTreeMap<String, T>,
        ours: &BTreeMap<String, T>,
        at: impl Fn(&String) -> String,
        mut go: impl FnMut(&mut Self, &str, &T, &T),
    ) {
        for (key, of_them) in theirs {
            match ours.get(key) {
                Some(of_us) => go(self, &at(key), of_them, of_us),
                None => self.differ(&at(key), "there", "not here"),
            }
        }
        for key in ours.keys().filter(|key| !theirs.contains_key(*key)) {
            self.differ(&at(key), "not there", "here");
        }
    }

    fn differ(&mut self, at: &str, theirs: &str, ours: &str) {
        self.found.insert(format!("{at}: {theirs} => {ours}"));
    }

    fn same(&mut self, at: &str, what: &str, theirs: &str, ours: &str) {
        if theirs != ours {
            self.differ(&format!("{at} {what}"), theirs, ours);
        }
    }

    fn operation(&mut self, at: &str, theirs: &Operation, ours: &Operation) {
        let below = |key: &String| format!("{at} {key}");
        self.pairs(
            &theirs.parameters,
            &ours.parameters,
            below,
            |this, at, theirs, ours| {
                let (of_them, of_us) = (yes(theirs.required), yes(ours.required));
                this.same(at, "required", of_them, of_us);
                this.schema(at, &theirs.schema, &ours.schema);
            },
        );
        let body = format!("{at} body");
        match (&theirs.body, &ours.body) {
            (None, None) => {}
            (Some(_), None) => self.differ(&body, "there", "not here"),
            (None, Some(_)) => self.differ(&body, "not there", "here"),
            (Some(theirs), Some(ours)) => {
                let (of_them, of_us) = (yes(theirs.required), yes(ours.required));
                self.same(&body, "required", of_them, of_us);
                self.content(&body, &theirs.content, &ours.content);
            }
        }
        self.pairs(&theirs.answers, &ours.answers, below, Self::content);
    }

    fn content(
        &mut self,
        at: &str,
        theirs: &BTreeMap<String, Value>,
        ours: &BTreeMap<String, Value>,
    ) {
        let below = |kind: &String| format!("{at} {kind}");
        self.pairs(theirs, ours, below, |this, _, theirs, ours| {
            this.schema(at, theirs, ours);
        });
    }

    /// A shape with a name in the reference is compared once and under that
    /// name, wherever it is used.
    fn schema(&mut self, at: &str, theirs: &Value, ours: &Value) {
        let (of_them, of_us) = (self.theirs.shape(theirs), self.ours.shape(ours));
        // Whether null may stand in its place is said where a shape is used.
        let null = (yes(of_them.nullable), yes(of_us.nullable));
        self.same(at, "nullable", null.0, null.1);
        if let (Some(theirs), Some(ours)) = (&of_them.items, self.ours.collected(ours)) {
            self.differ(at, "array", "HAL collection");
            return self.schema(&format!("{at}[]"), theirs, &ours);
        }
        let at = of_them.name.clone().unwrap_or_else(|| at.to_owned());
        if self.seen.insert((at.clone(), ours.to_string())) {
            self.shape(&at, &of_them, &of_us);
        }
    }

    fn shape(&mut self, at: &str, theirs: &Shape, ours: &Shape) {
        self.same(at, "type", &words(&theirs.kinds), &words(&ours.kinds));
        self.same(at, "enum", &words(&theirs.words), &words(&ours.words));
        let facts: BTreeSet<&str> = theirs
            .facts
            .keys()
            .chain(ours.facts.keys())
            .copied()
            .collect();
        for fact in facts {
            let text = |shape: &Shape| shape.facts.get(fact).cloned().unwrap_or(NONE.to_owned());
            self.same(at, fact, &text(theirs), &text(ours));
        }
        self.pairs(
            &theirs.properties,
            &ours.properties,
            |name| format!("{at}.{name}"),
            |this, below, of_them, of_us| {
                let name = &below[at.len() + 1..];
                let required = |shape: &Shape| yes(shape.required.contains(name));
                this.same(below, "required", required(theirs), required(ours));
                this.schema(below, of_them, of_us);
            },
        );
        self.part(
            &format!("{at}[]"),
            theirs.items.as_ref(),
            ours.items.as_ref(),
        );
        let others = (theirs.others.as_ref(), ours.others.as_ref());
        self.part(&format!("{at}.*"), others.0, others.1);
        if theirs.variants.len() == ours.variants.len() {
            for (number, (theirs, ours)) in theirs.variants.iter().zip(&ours.variants).enumerate() {
                self.schema(&format!("{at}#{number}"), theirs, ours);
            }
        } else {
            let count = |shape: &Shape| shape.variants.len().to_string();
            self.same(at, "variants", &count(theirs), &count(ours));
        }
    }

    fn part(&mut self, at: &str, theirs: Option<&Value>, ours: Option<&Value>) {
        match (theirs, ours) {
            (None, None) => {}
            (Some(theirs), Some(ours)) => self.schema(at, theirs, ours),
            (Some(_), None) => self.differ(at, "there", "not here"),
            (None, Some(_)) => self.differ(at, "not there", "here"),
        }
    }
}

/// Stands for what is not said.
const NONE: &str = "-";

fn yes(flag: bool) -> &'static str {
    if flag { "yes" } else { "no" }
}

fn words(words: &BTreeSet<String>) -> String {
    if words.is_empty() {
        return NONE.to_owned();
    }
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// Differences of two schemas of a body named `thing`.
    fn differences(theirs: Value, ours: Value) -> Vec<String> {
        let document = |schema: Value| {
            json!({
                "mount": "/api",
                "servers": [{ "url": "/api" }],
                "paths": { "/things": { "post": {
                    "requestBody": { "content": { "application/json": {
                        "schema": { "$ref": "#/components/schemas/thing" },
                    } } },
                    "responses": { "200": {} },
                } } },
                "components": { "schemas": {
                    "thing": schema,
                    "word": { "type": "string", "enum": ["a", "b"] },
                } },
            })
        };
        let theirs = Document::reference(document(theirs));
        let ours = Document::served(document(ours));
        compare(&theirs, &ours).into_iter().collect()
    }

    #[test]
    fn spelling_is_no_difference() {
        let same = [
            (
                json!({ "type": "string", "nullable": true }),
                json!({ "type": ["string", "null"] }),
            ),
            (
                json!({ "allOf": [{ "$ref": "#/components/schemas/word" }], "nullable": true }),
                json!({ "oneOf": [{ "type": "null" }, { "$ref": "#/components/schemas/word" }] }),
            ),
            (
                json!({ "type": "string", "enum": ["b", "a"] }),
                json!({ "$ref": "#/components/schemas/word" }),
            ),
            (
                json!({ "allOf": [
                    { "type": "object", "required": ["a"], "properties": { "a": { "type": "string" } } },
                    { "properties": { "b": { "type": "integer", "minimum": 1 } } },
                ] }),
                json!({
                    "type": "object",
                    "required": ["a"],
                    "properties": { "b": { "type": "integer", "minimum": 1.0 }, "a": { "type": "string" } },
                }),
            ),
            (
                json!({ "type": "string", "enum": [10, 11] }),
                json!({ "type": "string", "enum": ["10", "11"] }),
            ),
        ];
        for (theirs, ours) in same {
            let none: Vec<String> = Vec::new();
            assert_eq!(differences(theirs.clone(), ours.clone()), none, "{theirs}");
        }
    }

    #[test]
    fn each_fact_counts() {
        let text = |more: Value| {
            let mut schema = json!({ "type": "string" });
            schema
                .as_object_mut()
                .unwrap()
                .extend(more.as_object().unwrap().clone());
            json!({ "type": "object", "required": ["a"], "properties": { "a": schema } })
        };
        let plain = text(json!({}));
        let cases = [
            (text(json!({ "maxLength": 5 })), "thing.a maxLength: - => 5"),
            (
                text(json!({ "format": "uuid" })),
                "thing.a format: - => uuid",
            ),
            (text(json!({ "enum": ["x"] })), "thing.a enum: - => x"),
            (text(json!({ "default": "x" })), "thing.a default: - => x"),
            (
                text(json!({ "type": "integer" })),
                "thing.a type: string => integer",
            ),
            (
                text(json!({ "nullable": true })),
                "thing.a nullable: no => yes",
            ),
            (
                json!({ "type": "object", "properties": { "a": { "type": "string" } } }),
                "thing.a required: yes => no",
            ),
            (json!({ "type": "object" }), "thing.a: there => not here"),
        ];
        for (ours, line) in cases {
            assert_eq!(differences(plain.clone(), ours), [line]);
        }
    }

    #[test]
    fn the_items_of_a_collection_are_compared() {
        let item = |limit: u32| json!({ "type": "string", "maxLength": limit });
        let array = json!({ "type": "array", "items": item(1) });
        let collection = json!({ "type": "object", "properties": {
            "_links": { "type": "object" },
            "_embedded": { "type": "object", "properties": {
                "things": { "type": "array", "items": item(2) },
            } },
        } });
        let found = [
            "thing: array => HAL collection",
            "thing[] maxLength: 1 => 2",
        ];
        let or_one = json!({ "oneOf": [item(2), collection] });
        for ours in [collection.clone(), or_one] {
            let holds = |list: Value| json!({ "type": "object", "properties": { "a": list } });
            let found = found.map(|line| line.replace("thing", "thing.a"));
            assert_eq!(differences(holds(array.clone()), holds(ours)), found);
        }
    }

    #[test]
    fn a_shape_that_holds_itself_is_compared_once() {
        let tree = |limit: u32| {
            json!({ "type": "object", "properties": {
                "code": { "type": "string", "maxLength": limit },
                "children": { "type": "array", "items": { "$ref": "#/components/schemas/thing" } },
            } })
        };
        assert_eq!(
            differences(tree(1), tree(2)),
            ["thing.code maxLength: 1 => 2"]
        );
    }

    #[test]
    fn operations_parameters_and_answers_count() {
        let document = |path: &str, item: Value| json!({ "mount": "/api", "servers": [{ "url": "/api/" }], "paths": { path: item } });
        let query = |name: &str, required: bool| json!({ "name": name, "in": "query", "required": required, "schema": { "type": "string" } });
        let path = |name: &str| json!({ "name": name, "in": "path", "required": true, "schema": { "type": "string" } });
        let json = json!({ "content": { "application/json": { "schema": { "type": "string" } } } });
        let hal =
            json!({ "content": { "application/hal+json": { "schema": { "type": "string" } } } });
        let theirs = Document::reference(document(
            "/a/{code}",
            json!({
                "get": {
                    "parameters": [path("code"), query("x", true), query("y", false)],
                    "responses": { "200": json, "404": {} },
                },
                "put": { "responses": { "200": {} } },
            }),
        ));
        let ours = Document::served(document(
            "/a/{parent_code}",
            json!({
                "get": {
                    "parameters": [path("parent_code"), query("x", false), query("z", false)],
                    "responses": { "200": hal, "400": {} },
                },
                "delete": { "responses": { "200": {} } },
            }),
        ));
        let found: Vec<String> = compare(&theirs, &ours).into_iter().collect();
        assert_eq!(
            found,
            [
                "DELETE /api/a/{}: not there => here",
                "GET /api/a/{} 200 application/hal+json: not there => here",
                "GET /api/a/{} 200 application/json: there => not here",
                "GET /api/a/{} 400: not there => here",
                "GET /api/a/{} 404: there => not here",
                "GET /api/a/{} query x required: yes => no",
                "GET /api/a/{} query y: there => not here",
                "GET /api/a/{} query z: not there => here",
                "PUT /api/a/{}: there => not here",
            ]
        );
    }
}

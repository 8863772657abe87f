//! The lists of deliberate differences.

use std::collections::BTreeSet;

use serde_json::Value;

/// The lines of some lists. `*` stands for any text.
pub(crate) struct Listed(Vec<String>);

impl Listed {
    /// From lists of `{ "reason": …, "differences": […] }`.
    pub(crate) fn read(lists: &[Value]) -> Self {
        let mut lines = Vec::new();
        for group in lists.iter().flat_map(|list| list.as_array().unwrap()) {
            let reason = group["reason"].as_str().unwrap();
            assert!(reason.len() >= 12, "a reason says why: {reason:?}");
            for line in group["differences"].as_array().unwrap() {
                lines.push(line.as_str().unwrap().to_owned());
            }
        }
        let distinct: BTreeSet<&String> = lines.iter().collect();
        assert_eq!(distinct.len(), lines.len(), "a line is listed twice");
        Self(lines)
    }

    pub(crate) fn covers(&self, difference: &str) -> bool {
        self.0.iter().any(|line| matches(line, difference))
    }

    /// The lines that no difference matches.
    pub(crate) fn without_match(&self, found: &BTreeSet<String>) -> Vec<&String> {
        self.0
            .iter()
            .filter(|line| !found.iter().any(|difference| matches(line, difference)))
            .collect()
    }
}

fn matches(pattern: &str, text: &str) -> bool {
    let Some((head, tail)) = pattern.split_once('*') else {
        return pattern == text;
    };
    let Some(rest) = text.strip_prefix(head) else {
        return false;
    };
    (0..=rest.len())
        .filter(|start| rest.is_char_boundary(*start))
        .any(|start| matches(tail, &rest[start..]))
}

#[test]
fn a_star_stands_for_any_text() {
    assert!(matches("meeting.*: a => b", "meeting.x.y: a => b"));
    assert!(matches("*: a => b", "x: a => b"));
    assert!(matches("x", "x"));
    assert!(!matches("meeting.*: a => b", "meeting.x: a => c"));
    assert!(!matches("x", "xy"));
}

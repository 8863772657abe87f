//! XML as far as an assertion needs it: elements, attributes, text.

use uppsala::{Document, NodeId, NodeKind, Parser};

/// Deepest nesting of elements.
const MAX_DEPTH: u32 = 32;
/// Most signs of equality, each of which may begin an attribute, and most
/// angles, each of which may begin an element: some work on them grows with
/// their square.
const MAX_EQUALS: usize = 500;
const MAX_ANGLES: usize = 2000;

/// Reads a document that has nothing but elements, attributes and text, and an
/// XML declaration at most. A document type could hide entities, and comments
/// and processing instructions have been used to make signed text read
/// otherwise; whoever signs an assertion needs none of them, nor CDATA.
pub(super) fn parse(text: &str) -> Option<Document<'_>> {
    // In well-formed XML `<!` and `<?` begin these and nothing else.
    let body = match text.strip_prefix("<?xml ") {
        Some(declared) => declared.split_once("?>")?.1,
        None => text,
    };
    if body.contains("<!") || body.contains("<?") {
        return None;
    }
    let count = |sign| body.bytes().filter(|byte| *byte == sign).count();
    if count(b'=') > MAX_EQUALS || count(b'<') > MAX_ANGLES {
        return None;
    }
    let parser = Parser::new()
        .with_max_depth(MAX_DEPTH)
        .with_forbid_dtd(true)
        .with_forbid_entities(true);
    parser.parse(text).ok()
}

/// An element of a document.
#[derive(Clone, Copy)]
pub(super) struct Element<'d> {
    document: &'d Document<'d>,
    pub(super) id: NodeId,
}

impl<'d> Element<'d> {
    /// The outermost element.
    pub(super) fn root(document: &'d Document<'d>) -> Option<Self> {
        let id = document.document_element()?;
        Some(Self { document, id })
    }

    /// Whether it is called this in this namespace.
    pub(super) fn is(self, namespace: &str, name: &str) -> bool {
        self.document
            .element(self.id)
            .is_some_and(|element| element.name.matches(Some(namespace), name))
    }

    /// An attribute without a namespace.
    pub(super) fn attribute(self, name: &str) -> Option<&'d str> {
        let element = self.document.element(self.id)?;
        let mut found = element
            .attributes
            .iter()
            .filter(|attribute| attribute.name.matches(None, name));
        found.next().map(|attribute| &*attribute.value)
    }

    /// The elements in it.
    pub(super) fn children(self) -> impl Iterator<Item = Self> {
        let document = self.document;
        document
            .children_iter(self.id)
            .filter(move |id| document.element(*id).is_some())
            .map(move |id| Self { document, id })
    }

    /// The elements of this name in it.
    pub(super) fn all(self, namespace: &'d str, name: &'d str) -> impl Iterator<Item = Self> {
        self.children()
            .filter(move |child| child.is(namespace, name))
    }

    /// The element of this name in it, if there is just one.
    pub(super) fn only(self, namespace: &'d str, name: &'d str) -> Option<Self> {
        let mut found = self.all(namespace, name);
        let first = found.next();
        first.filter(|_| found.next().is_none())
    }

    /// All elements below it, whatever they are in.
    pub(super) fn below(self) -> impl Iterator<Item = Self> {
        let document = self.document;
        document
            .descendants(self.id)
            .into_iter()
            .filter(move |id| document.element(*id).is_some())
            .map(move |id| Self { document, id })
            .filter(move |element| element.id != self.id)
    }

    /// Its text without white space around it, if it holds nothing else.
    pub(super) fn text(self) -> Option<String> {
        let mut text = String::new();
        for child in self.document.children_iter(self.id) {
            match self.document.node_kind(child) {
                Some(NodeKind::Text(part)) => text.push_str(part),
                _ => return None,
            }
        }
        Some(text.trim().to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_elements_attributes_and_text_are_read() {
        for good in [
            "<a/>",
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<a b='1'>x &amp; y</a>",
        ] {
            assert!(parse(good).is_some(), "{good}");
        }
        for bad in [
            "",
            "<a>",
            "<a><!-- c --></a>",
            "<a><![CDATA[x]]></a>",
            "<a><?p x?></a>",
            "<?xml version=\"1.0\"?><?p x?><a/>",
            "<!DOCTYPE a [<!ENTITY e \"x\">]><a>&e;</a>",
            "<!DOCTYPE a SYSTEM \"file:///etc/passwd\"><a/>",
            "<a>&e;</a>",
            "<a b='1' b='2'/>",
            "<a/><b/>",
        ] {
            assert!(parse(bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn nesting_is_bounded() {
        let nested = |depth: usize| format!("{}{}", "<a>".repeat(depth), "</a>".repeat(depth));
        assert!(parse(&nested(MAX_DEPTH as usize)).is_some());
        assert!(parse(&nested(MAX_DEPTH as usize + 1)).is_none());
        assert!(parse(&nested(10_000)).is_none());
    }

    #[test]
    fn numbers_are_bounded() {
        let attributes = |number: usize| {
            let each = (0..number).map(|n| format!(" a{n}=''"));
            format!("<a{}/>", each.collect::<String>())
        };
        assert!(parse(&attributes(MAX_EQUALS)).is_some());
        assert!(parse(&attributes(MAX_EQUALS + 1)).is_none());
        let elements = |number: usize| format!("<a>{}</a>", "<b/>".repeat(number - 2));
        assert!(parse(&elements(MAX_ANGLES)).is_some());
        assert!(parse(&elements(MAX_ANGLES + 1)).is_none());
    }

    #[test]
    fn elements_are_told_apart_by_namespace() {
        let text = "<p:a xmlns:p='urn:p' xmlns:q='urn:q' q:id='no' id='yes'>\
                    <p:b>1</p:b><q:b>2</q:b><p:c> x </p:c><p:c/><p:d>y<p:b/></p:d></p:a>";
        let document = parse(text).unwrap();
        let root = Element::root(&document).unwrap();
        assert!(root.is("urn:p", "a") && !root.is("urn:q", "a"));
        assert_eq!(root.attribute("id"), Some("yes"));
        assert_eq!(root.only("urn:p", "b").unwrap().text().unwrap(), "1");
        assert!(root.only("urn:p", "c").is_none());
        let first = root.all("urn:p", "c").next();
        assert_eq!(first.unwrap().text().unwrap(), "x");
        assert_eq!(root.only("urn:p", "d").unwrap().text(), None);
        assert_eq!(root.below().filter(|e| e.is("urn:p", "b")).count(), 2);
    }
}

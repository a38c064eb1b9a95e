//! Reading XML in the one form that manifests have: elements, attributes and plain text. Declarations, comments,
//! processing instructions, character data sections and references of any kind are refused before anything is
//! parsed, so that no two readers can see two documents.

use roxmltree::{Document, Node, ParsingOptions};

use super::MAX_MANIFEST_BYTES;
use crate::nvidia::NvidiaRefusal;

/// The most elements and texts; real manifests have less than 200.
const MOST_NODES: u32 = 2048;
/// The most bytes of a tag with the text after it; the longest real ones have 1 KiB.
const MOST_TAG_BYTES: usize = 8 * 1024;
/// The most attributes of an element, declarations included: the parser compares each with each other. Real manifests
/// have 13; a measurement may have 6 and 32 alternatives.
const MOST_ATTRIBUTES: usize = 48;
/// The most elements inside each other; real manifests have five.
const MOST_LEVELS: usize = 8;
/// The most namespaces in force at an element; real manifests have five.
const MOST_NAMESPACES: usize = 16;
/// The most declarations of namespaces; real manifests have six. The parser copies those in force to each element that
/// has one of its own, and would do so for seconds.
const MOST_DECLARATIONS: usize = 32;
/// The most bytes of a namespace's name, which is compared as often as attributes are; real ones have 98.
const MOST_NAMESPACE_BYTES: usize = 128;

/// The text of `bytes`, which has none of what is refused.
pub(super) fn require_plain(bytes: &[u8]) -> Result<&str, NvidiaRefusal> {
    if bytes.len() > MAX_MANIFEST_BYTES {
        return Err(NvidiaRefusal::ManifestTooLarge { found: u32::try_from(bytes.len()).unwrap_or(u32::MAX) });
    }
    let text = core::str::from_utf8(bytes).map_err(|_| NvidiaRefusal::ManifestXml)?;
    let is_special = text.contains(['&', '\r']) || text.contains("<!") || text.contains("<?");
    // Each attribute has the character; values and text that have it too count as well.
    let is_large = text.split('<').any(|tag| tag.len() > MOST_TAG_BYTES || tag.matches('=').count() > MOST_ATTRIBUTES);
    let names_long = text.split("xmlns").skip(1).any(is_name_long);
    if is_special || is_large || names_long || text.matches("xmlns").count() > MOST_DECLARATIONS {
        return Err(NvidiaRefusal::ManifestXml);
    }
    Ok(text)
}

/// Whether the namespace that is declared where `rest` begins has a name that is too long or does not end.
fn is_name_long(rest: &str) -> bool {
    let Some(quote) = rest.chars().find(|one| matches!(one, '"' | '\'')) else { return false };
    let mut parts = rest.split(quote).skip(1);
    match (parts.next(), parts.next()) {
        (Some(name), Some(_)) => name.len() > MOST_NAMESPACE_BYTES,
        _ => true,
    }
}

/// The document in `source`.
pub(super) fn parse(source: &str) -> Result<Document<'_>, NvidiaRefusal> {
    let options = ParsingOptions { allow_dtd: false, nodes_limit: MOST_NODES, entity_resolver: None };
    let document = Document::parse_with_options(source, options).map_err(|_| NvidiaRefusal::ManifestXml)?;
    let is_deep = |node: Node<'_, '_>| node.ancestors().nth(MOST_LEVELS + 1).is_some();
    let is_plain = |node: Node<'_, '_>| node.is_root() || node.is_element() || node.is_text();
    let is_wide = |node: Node<'_, '_>| node.namespaces().len() > MOST_NAMESPACES;
    if document.descendants().any(|node| is_deep(node) || is_wide(node) || !is_plain(node)) {
        return Err(NvidiaRefusal::ManifestXml);
    }
    Ok(document)
}

/// The elements in `parent`, between which nothing but white space may stand.
pub(super) fn elements<'a, 'input>(
    parent: Node<'a, 'input>,
) -> Result<impl Iterator<Item = Node<'a, 'input>>, NvidiaRefusal> {
    let is_blank = |node: Node<'_, '_>| node.text().is_none_or(|text| text.trim_ascii().is_empty());
    if parent.children().all(|node| node.is_element() || is_blank(node)) {
        Ok(parent.children().filter(Node::is_element))
    } else {
        Err(NvidiaRefusal::ManifestForm)
    }
}

/// The text of an element that has nothing else and no attributes.
pub(super) fn text<'a>(element: Node<'a, '_>) -> Result<&'a str, NvidiaRefusal> {
    let mut children = element.children();
    match (children.next(), children.next(), element.attributes().len()) {
        (Some(only), None, 0) if only.is_text() => only.text().ok_or(NvidiaRefusal::ManifestForm),
        _ => Err(NvidiaRefusal::ManifestForm),
    }
}

/// The value of the attribute `name`, of no namespace.
pub(super) fn attribute<'a>(element: Node<'a, '_>, name: &str) -> Result<&'a str, NvidiaRefusal> {
    let found = element.attributes().find(|one| one.namespace().is_none() && one.name() == name);
    found.map(|one| one.value()).ok_or(NvidiaRefusal::ManifestForm)
}

#[cfg(test)]
mod tests {
    use super::{MOST_ATTRIBUTES, MOST_DECLARATIONS, MOST_NAMESPACE_BYTES, require_plain};
    use crate::nvidia::NvidiaRefusal;
    use alloc::{format, string::String};

    #[test]
    fn more_declarations_of_namespaces_than_a_manifest_has_are_refused_before_it_is_parsed() {
        let nested = |count| (0..count).map(|number| format!("<a xmlns:b{number}=\"c\">")).collect::<String>();
        assert!(require_plain(nested(MOST_DECLARATIONS).as_bytes()).is_ok());
        assert_eq!(require_plain(nested(MOST_DECLARATIONS + 1).as_bytes()), Err(NvidiaRefusal::ManifestXml));
    }

    #[test]
    fn more_attributes_than_an_element_of_a_manifest_has_are_refused_before_it_is_parsed() {
        let attributes = |count| (0..count).map(|number| format!(" b{number}=\"c\"")).collect::<String>();
        let element = |count| format!("<a{}/>", attributes(count));
        assert!(require_plain(element(MOST_ATTRIBUTES).as_bytes()).is_ok());
        assert_eq!(require_plain(element(MOST_ATTRIBUTES + 1).as_bytes()), Err(NvidiaRefusal::ManifestXml));
    }

    #[test]
    fn a_namespace_whose_name_is_long_or_does_not_end_is_refused_before_it_is_parsed() {
        for (quote, other) in [('"', '\''), ('\'', '"')] {
            let declared = |name: &str| format!("<a xmlns:b = {quote}{name}{quote}/>");
            let longest = "c".repeat(MOST_NAMESPACE_BYTES);
            assert!(require_plain(declared(&longest).as_bytes()).is_ok());
            // The other quote does not end it.
            for name in [format!("{longest}c"), format!("{other}{longest}"), format!("{other}{other}{longest}")] {
                assert_eq!(require_plain(declared(&name).as_bytes()), Err(NvidiaRefusal::ManifestXml));
            }
            let endless = format!("<a xmlns={quote}c/>");
            assert_eq!(require_plain(endless.as_bytes()), Err(NvidiaRefusal::ManifestXml));
        }
    }
}

//! The canonical form of a document or of one element in it. Source: W3C Canonical XML 1.1, inclusive, without
//! comments, for documents that [`super::xml`] has let through: they have no references, so that a character stands
//! for itself, and no attributes of the `xml` namespace, which an element would inherit.

use alloc::vec::Vec;
use roxmltree::{Attribute, Namespace, Node, NodeId};

use crate::nvidia::NvidiaRefusal;

const XML_NAMESPACE: &str = "http://www.w3.org/XML/1998/namespace";

/// The canonical form of `apex` without `omitted`. `source` is what `apex` was parsed from.
pub(super) fn canonicalize(
    source: &str,
    apex: Node<'_, '_>,
    omitted: Option<Node<'_, '_>>,
) -> Result<Vec<u8>, NvidiaRefusal> {
    let mut writer =
        Writer { source, omitted: omitted.map(|node| node.id()), output: Vec::with_capacity(source.len()) };
    writer.element(apex, None)?;
    Ok(writer.output)
}

struct Writer<'a> {
    source: &'a str,
    omitted: Option<NodeId>,
    output: Vec<u8>,
}

impl Writer<'_> {
    /// Writes `element`, whose parent has been written too if it is given. Recurses as deep as the document is, which
    /// is bounded.
    fn element(&mut self, element: Node<'_, '_>, parent: Option<Node<'_, '_>>) -> Result<(), NvidiaRefusal> {
        let name = self.source_name(element.range().start + 1)?;
        self.output.push(b'<');
        self.output.extend_from_slice(name);
        self.namespaces(element, parent);
        self.attributes(element)?;
        self.output.push(b'>');
        for child in element.children() {
            if self.omitted == Some(child.id()) {
                continue;
            }
            match child.text() {
                Some(text) if child.is_text() => self.escaped(text, TEXT),
                Some(_) | None => self.element(child, Some(element))?,
            }
        }
        self.output.extend_from_slice(b"</");
        self.output.extend_from_slice(name);
        self.output.push(b'>');
        Ok(())
    }

    /// The declarations that are in force at `element` and not already at `parent`, by prefix; the default comes
    /// first, and an empty one is none.
    fn namespaces(&mut self, element: Node<'_, '_>, parent: Option<Node<'_, '_>>) {
        let inherited = |prefix: Option<&str>| {
            let found = parent.and_then(|parent| parent.namespaces().find(|one| one.name() == prefix));
            found.map_or("", Namespace::uri)
        };
        let mut new: Vec<(&str, &str)> = element
            .namespaces()
            .filter(|one| one.name() != Some("xml") && inherited(one.name()) != one.uri())
            .map(|one| (one.name().unwrap_or_default(), one.uri()))
            .collect();
        new.sort_unstable();
        for (prefix, uri) in new {
            let declaration = if prefix.is_empty() { " xmlns" } else { " xmlns:" };
            self.output.extend_from_slice(declaration.as_bytes());
            self.output.extend_from_slice(prefix.as_bytes());
            self.quoted(uri);
        }
    }

    /// By the name of their namespace, then by their own; those of no namespace come first.
    fn attributes(&mut self, element: Node<'_, '_>) -> Result<(), NvidiaRefusal> {
        let mut attributes: Vec<Attribute<'_, '_>> = element.attributes().collect();
        attributes.sort_unstable_by_key(|one| (one.namespace().unwrap_or_default(), one.name()));
        for attribute in attributes {
            if attribute.namespace() == Some(XML_NAMESPACE) {
                return Err(NvidiaRefusal::ManifestXml);
            }
            let name = self.source_name(attribute.range_qname().start)?;
            self.output.push(b' ');
            self.output.extend_from_slice(name);
            self.quoted(attribute.value());
        }
        Ok(())
    }

    fn quoted(&mut self, value: &str) {
        self.output.extend_from_slice(b"=\"");
        self.escaped(value, VALUE);
        self.output.push(b'"');
    }

    fn escaped(&mut self, text: &str, escapes: &[(u8, &str)]) {
        for byte in text.bytes() {
            match escapes.iter().find(|(special, _)| *special == byte) {
                Some((_, escape)) => self.output.extend_from_slice(escape.as_bytes()),
                None => self.output.push(byte),
            }
        }
    }
}

impl<'a> Writer<'a> {
    /// The name, with its prefix, that begins at `start`: the tree knows only the namespace it stands for.
    fn source_name(&self, start: usize) -> Result<&'a [u8], NvidiaRefusal> {
        let rest = self.source.get(start..).ok_or(NvidiaRefusal::ManifestXml)?;
        let end = rest.find([' ', '\t', '\n', '/', '>', '=']).ok_or(NvidiaRefusal::ManifestXml)?;
        Ok(rest.get(..end).ok_or(NvidiaRefusal::ManifestXml)?.as_bytes())
    }
}

/// Characters of texts that are written otherwise (§1.1 of the specification, "Terminology" and §2.3).
const TEXT: &[(u8, &str)] = &[(b'&', "&amp;"), (b'<', "&lt;"), (b'>', "&gt;"), (b'\r', "&#xD;")];
/// The same of attributes.
const VALUE: &[(u8, &str)] =
    &[(b'&', "&amp;"), (b'<', "&lt;"), (b'"', "&quot;"), (b'\t', "&#x9;"), (b'\n', "&#xA;"), (b'\r', "&#xD;")];

#[cfg(test)]
mod tests {
    use super::canonicalize;
    use crate::nvidia::manifest::xml;
    use alloc::string::String;

    fn canonical(source: &str, path: &[&str], omitted: Option<&str>) -> String {
        let document = xml::parse(xml::require_plain(source.as_bytes()).unwrap()).unwrap();
        let named = |name: &str| document.descendants().find(|node| node.tag_name().name() == name);
        let apex = path.first().map_or(document.root_element(), |name| named(name).unwrap());
        String::from_utf8(canonicalize(source, apex, omitted.and_then(named)).unwrap()).unwrap()
    }

    #[test]
    fn attributes_and_namespaces_are_sorted_and_empty_elements_opened() {
        let source = "<b:r  xmlns:b='urn:b'\n xmlns:a=\"urn:a\" xmlns='urn:d' z='1' b:y=\"2\" a:x='3' a='4' />\n";
        let expected = r#"<b:r xmlns="urn:d" xmlns:a="urn:a" xmlns:b="urn:b" a="4" z="1" a:x="3" b:y="2"></b:r>"#;
        assert_eq!(canonical(source, &[], None), expected);
    }

    #[test]
    fn a_namespace_is_declared_once_and_again_when_it_changes() {
        let source = r#"<r xmlns="urn:d" xmlns:a="urn:a"><x xmlns:a="urn:a"><a:y xmlns:a="urn:c"/></x><z xmlns=""><q xmlns=""/></z></r>"#;
        let expected = concat!(
            r#"<r xmlns="urn:d" xmlns:a="urn:a"><x><a:y xmlns:a="urn:c"></a:y></x>"#,
            r#"<z xmlns=""><q></q></z></r>"#
        );
        assert_eq!(canonical(source, &[], None), expected);
    }

    #[test]
    fn an_element_alone_takes_the_namespaces_in_force_with_it() {
        let source = r#"<r xmlns="urn:d" xmlns:a="urn:a"><a:x q="1"><y/></a:x></r>"#;
        assert_eq!(canonical(source, &["x"], None), r#"<a:x xmlns="urn:d" xmlns:a="urn:a" q="1"><y></y></a:x>"#);
    }

    #[test]
    fn what_is_omitted_leaves_the_text_around_it() {
        assert_eq!(canonical("<r> <x>1</x>\n<y>2</y> </r>", &[], Some("x")), "<r> \n<y>2</y> </r>");
    }

    #[test]
    fn quotes_and_angle_brackets_are_escaped() {
        assert_eq!(canonical("<r q='\"'>a>b</r>", &[], None), "<r q=\"&quot;\">a&gt;b</r>");
    }
}

//! The one kind of XML signature (W3C XML Signature 1.1) that manifests have: ECDSA over P-384 with SHA-384, in the
//! document that it signs, over all of it but itself, in canonical form 1.1.

use alloc::vec::Vec;
use base64::{Engine, engine::general_purpose::STANDARD};
use roxmltree::Node;
use sha2::{Digest, Sha384};

use super::{
    canonical::canonicalize,
    xml::{attribute, elements, text},
};
use crate::{
    nvidia::{
        NvidiaRefusal,
        chain::{MAX_CERTIFICATE_BYTES, VerifiedChain},
    },
    signature::{Scheme, SignatureVerifier},
};

const NAMESPACE: &str = "http://www.w3.org/2000/09/xmldsig#";
const CANONICAL_XML: &str = "http://www.w3.org/2006/12/xml-c14n11";
const ECDSA_SHA384: &str = "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha384";
const SHA384: &str = "http://www.w3.org/2001/04/xmldsig-more#sha384";
const ENVELOPED: &str = "http://www.w3.org/2000/09/xmldsig#enveloped-signature";

/// The most certificates that a manifest brings.
const MOST_CERTIFICATES: usize = 6;

/// The parts of a signature. Nothing here is trusted yet.
pub(super) struct Signature<'a, 'input> {
    element: Node<'a, 'input>,
    signed_info: Node<'a, 'input>,
    /// SHA-384 of the document without the signature.
    digest: [u8; 48],
    /// r ‖ s, over the canonical form of `signed_info`.
    value: [u8; 96],
    /// Leaf first.
    pub(super) certificates: Vec<Vec<u8>>,
}

impl<'a, 'input> Signature<'a, 'input> {
    /// The one signature in the document, which must be the last element in its `root`.
    pub(super) fn parse(root: Node<'a, 'input>) -> Result<Self, NvidiaRefusal> {
        let element = root.last_element_child().ok_or(NvidiaRefusal::ManifestForm)?;
        let is_signature = |node: &Node<'_, '_>| node.is_element() && node.has_tag_name((NAMESPACE, "Signature"));
        if !is_signature(&element) || root.descendants().filter(is_signature).count() != 1 {
            return Err(NvidiaRefusal::ManifestForm);
        }
        let [signed_info, value, key_info] = children(element, ["SignedInfo", "SignatureValue", "KeyInfo"], None)?;
        Ok(Self {
            element,
            signed_info,
            digest: digest(signed_info)?,
            value: bytes(value)?,
            certificates: certificates(key_info)?,
        })
    }

    /// Requires that it signs the document of `root`, by the leaf of `chain`. Returns what is signed of the document.
    pub(super) fn require_valid(
        &self,
        source: &str,
        root: Node<'_, '_>,
        chain: &VerifiedChain<'_>,
        verifier: &impl SignatureVerifier,
    ) -> Result<Vec<u8>, NvidiaRefusal> {
        let document = canonicalize(source, root, Some(self.element))?;
        if Sha384::digest(&document).as_slice() != self.digest {
            return Err(NvidiaRefusal::ManifestDigest);
        }
        let signed = canonicalize(source, self.signed_info, None)?;
        let leaf = chain.certificates.first().ok_or(NvidiaRefusal::ManifestSignature)?;
        if !verifier.verify(Scheme::EcdsaP384Sha384, leaf.public_key, &signed, &self.value) {
            return Err(NvidiaRefusal::ManifestSignature);
        }
        Ok(document)
    }
}

/// The digest in `SignedInfo`, which must name the one way in which everything is done.
fn digest(signed_info: Node<'_, '_>) -> Result<[u8; 48], NvidiaRefusal> {
    let names = ["CanonicalizationMethod", "SignatureMethod", "Reference"];
    let [canonicalization, method, reference] = children(signed_info, names, None)?;
    require_algorithm(canonicalization, CANONICAL_XML)?;
    require_algorithm(method, ECDSA_SHA384)?;
    let names = ["Transforms", "DigestMethod", "DigestValue"];
    let [transforms, method, value] = children(reference, names, Some(("URI", "")))?;
    let [enveloped, canonical] = children(transforms, ["Transform"; 2], None)?;
    require_algorithm(enveloped, ENVELOPED)?;
    require_algorithm(canonical, CANONICAL_XML)?;
    require_algorithm(method, SHA384)?;
    bytes(value)
}

fn require_algorithm(element: Node<'_, '_>, algorithm: &str) -> Result<(), NvidiaRefusal> {
    let is_only = element.attributes().len() == 1 && !element.has_children();
    if is_only && attribute(element, "Algorithm") == Ok(algorithm) {
        Ok(())
    } else {
        Err(NvidiaRefusal::ManifestAlgorithm)
    }
}

fn certificates(key_info: Node<'_, '_>) -> Result<Vec<Vec<u8>>, NvidiaRefusal> {
    let [data] = children(key_info, ["X509Data"], None)?;
    let mut certificates = Vec::new();
    for element in elements(data)? {
        if !element.has_tag_name((NAMESPACE, "X509Certificate")) || certificates.len() == MOST_CERTIFICATES {
            return Err(NvidiaRefusal::ManifestForm);
        }
        let characters = text(element)?.as_bytes();
        if characters.len() > 2 * MAX_CERTIFICATE_BYTES {
            return Err(NvidiaRefusal::ManifestForm);
        }
        certificates.push(decode_base64(characters).ok_or(NvidiaRefusal::ManifestForm)?);
    }
    Ok(certificates)
}

fn bytes<const N: usize>(element: Node<'_, '_>) -> Result<[u8; N], NvidiaRefusal> {
    let decoded = decode_base64(text(element)?.as_bytes()).ok_or(NvidiaRefusal::ManifestForm)?;
    decoded.try_into().map_err(|_| NvidiaRefusal::ManifestForm)
}

/// The children of `element`, which must be exactly `names` of the signature's namespace, in this order; the element
/// itself has no attribute but `only`.
fn children<'a, 'input, const N: usize>(
    element: Node<'a, 'input>,
    names: [&str; N],
    only: Option<(&str, &str)>,
) -> Result<[Node<'a, 'input>; N], NvidiaRefusal> {
    let mut attributes = element.attributes().map(|one| (one.namespace(), one.name(), one.value()));
    let expected = only.map(|(name, value)| (None, name, value));
    let children: Vec<_> = elements(element)?.collect();
    let is_named = children.iter().zip(&names).all(|(child, name)| child.has_tag_name((NAMESPACE, *name)));
    if !attributes.next().into_iter().eq(expected) || attributes.next().is_some() || !is_named {
        return Err(NvidiaRefusal::ManifestForm);
    }
    children.try_into().map_err(|_| NvidiaRefusal::ManifestForm)
}

/// Base64 in lines.
fn decode_base64(text: &[u8]) -> Option<Vec<u8>> {
    let characters: Vec<u8> = text.iter().copied().filter(|byte| !matches!(byte, b'\n' | b'\r')).collect();
    STANDARD.decode(characters).ok().filter(|bytes| !bytes.is_empty())
}

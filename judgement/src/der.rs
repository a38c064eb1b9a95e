//! As much of certificates and revocation lists (RFC 5280) as is needed to say what a file is and to show it.
//!
//! Nothing here decides anything about trust: the verifiers read the same bytes again, strictly.

/// A value's tag, its content, and all of it with tag and length.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Value<'a> {
    pub(crate) tag: u8,
    pub(crate) content: &'a [u8],
    pub(crate) whole: &'a [u8],
}

/// Values in a row.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Values<'a>(pub(crate) &'a [u8]);

pub(crate) const INTEGER: u8 = 0x02;
pub(crate) const OBJECT_ID: u8 = 0x06;
pub(crate) const ENUMERATED: u8 = 0x0A;
pub(crate) const SEQUENCE: u8 = 0x30;
/// `[0]`, in which a certificate has its version.
pub(crate) const VERSION: u8 = 0xA0;

impl<'a> Iterator for Values<'a> {
    type Item = Value<'a>;

    /// The next value; none at the end and where there is no DER.
    fn next(&mut self) -> Option<Value<'a>> {
        let (head, length) = match *self.0 {
            [_, length @ 0..=0x7F, ..] => (2, usize::from(length)),
            [_, 0x81, length, ..] => (3, usize::from(length)),
            [_, 0x82, high, low, ..] => (4, usize::from(u16::from_be_bytes([high, low]))),
            [_, 0x83, high, middle, low, ..] => (5, u32::from_be_bytes([0, high, middle, low]) as usize),
            _ => return None,
        };
        let (whole, rest) = self.0.split_at_checked(head + length)?;
        self.0 = rest;
        Some(Value { tag: *whole.first()?, content: whole.get(head..)?, whole })
    }
}

impl<'a> Value<'a> {
    /// The values inside.
    pub(crate) fn values(self) -> Values<'a> {
        Values(self.content)
    }
}

/// The one value that `bytes` is, followed by nothing but zeros, which some stores fill up with.
pub(crate) fn whole(bytes: &[u8]) -> Option<Value<'_>> {
    let mut values = Values(bytes);
    let value = values.next()?;
    values.0.iter().all(|byte| *byte == 0).then_some(value)
}

/// What a certificate says, as far as it is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Certificate<'a> {
    /// With tag and length.
    pub serial: &'a [u8],
    /// Encoded.
    pub issuer: &'a [u8],
    /// Encoded.
    pub subject: &'a [u8],
    /// The first and the last second, as they are written.
    pub validity: [String; 2],
}

impl<'a> Certificate<'a> {
    /// Reads a certificate of version 3.
    pub fn read(der: &'a [u8]) -> Option<Self> {
        let mut fields = whole(der)?.values().next()?.values();
        fields.next().filter(|version| version.tag == VERSION)?;
        let serial = fields.next().filter(|serial| serial.tag == INTEGER)?.whole;
        let _algorithm = fields.next()?;
        let issuer = fields.next()?.whole;
        let mut validity = fields.next()?.values();
        let validity = [time(validity.next()?)?, time(validity.next()?)?];
        Some(Self { serial, issuer, subject: fields.next()?.whole, validity })
    }

    /// The subject's common name, or nothing.
    pub fn common_name(&self) -> String {
        common_name(self.subject)
    }
}

/// What a revocation list says, as far as it is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RevocationList<'a> {
    /// Encoded.
    pub issuer: &'a [u8],
    /// When it was issued and when the next one is due, as they are written.
    pub window: [String; 2],
    /// How many certificates are on it.
    pub revoked: usize,
}

impl<'a> RevocationList<'a> {
    /// Reads a revocation list.
    pub fn read(der: &'a [u8]) -> Option<Self> {
        let mut fields = whole(der)?.values().next()?.values().peekable();
        fields.next_if(|version| version.tag == INTEGER);
        let _algorithm = fields.next().filter(|algorithm| algorithm.tag == SEQUENCE)?;
        let issuer = fields.next().filter(|issuer| issuer.tag == SEQUENCE)?.whole;
        let this_update = time(fields.next()?)?;
        let next_update = fields.next_if(|next| is_time(next.tag)).and_then(time).unwrap_or_else(|| "never".into());
        let revoked = fields.next_if(|list| list.tag == SEQUENCE).map_or(0, |list| list.values().count());
        Some(Self { issuer, window: [this_update, next_update], revoked })
    }
}

fn is_time(tag: u8) -> bool {
    matches!(tag, 0x17 | 0x18)
}

/// `YYYY-MM-DD HH:MM:SS UTC` of either form of time (RFC 5280 §4.1.2.5).
fn time(value: Value<'_>) -> Option<String> {
    let text = std::str::from_utf8(value.content).ok()?.strip_suffix('Z')?;
    let text = match (value.tag, text.len()) {
        (0x17, 12) if *text >= *"50" => format!("19{text}"),
        (0x17, 12) => format!("20{text}"),
        (0x18, 14) => text.to_owned(),
        _ => return None,
    };
    let part =
        |from: usize, to: usize| text.get(from..to).filter(|part| part.bytes().all(|byte| byte.is_ascii_digit()));
    let (date, clock) = ([part(0, 4)?, part(4, 6)?, part(6, 8)?], [part(8, 10)?, part(10, 12)?, part(12, 14)?]);
    Some(format!("{} {} UTC", date.join("-"), clock.join(":")))
}

/// The common name in an encoded name; empty if there is none that can be shown.
pub fn common_name(name: &[u8]) -> String {
    const COMMON_NAME: [u8; 3] = [0x55, 0x04, 0x03];
    let attributes = whole(name).into_iter().flat_map(Value::values).flat_map(Value::values);
    let value = attributes.filter_map(|attribute| {
        let mut fields = attribute.values();
        let id = fields.next().filter(|id| id.tag == OBJECT_ID)?;
        (id.content == COMMON_NAME).then(|| fields.next()).flatten()
    });
    value.map(|value| printable(&String::from_utf8_lossy(value.content))).next().unwrap_or_default()
}

/// Text from evidence, without what would move a terminal's cursor.
pub fn printable(text: &str) -> String {
    text.chars().filter(|character| !character.is_control()).take(256).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use adyton_development_root::DevelopmentRoot;

    #[test]
    fn a_certificate_says_who_it_is_about_and_for_how_long() {
        let der = DevelopmentRoot::insecure_from_seed([1; 32]).root_certificate();
        let certificate = Certificate::read(&der).unwrap();
        assert_eq!(certificate.common_name(), "Intel SGX Root CA");
        assert_eq!((certificate.issuer, certificate.serial[0]), (certificate.subject, INTEGER));
        assert_eq!(certificate.validity[0], "2020-01-01 00:00:00 UTC");
        let padded = [&der[..], &[0; 9]].concat();
        assert!(Certificate::read(&padded).is_some());
        assert!(Certificate::read(&[&der[..], b"x"].concat()).is_none());
        assert!(RevocationList::read(&der).is_none());
    }

    #[test]
    fn a_revocation_list_says_whose_it_is() {
        let collateral = DevelopmentRoot::insecure_from_seed([1; 32]).collateral(1_800_000_000);
        let list = RevocationList::read(&collateral.root_crl).unwrap();
        assert_eq!(common_name(list.issuer), "Intel SGX Root CA");
        assert_eq!(list.window, ["2027-01-15 08:00:00 UTC", "2027-02-14 08:00:00 UTC"]);
        assert_eq!(list.revoked, 0);
        assert!(Certificate::read(&collateral.root_crl).is_none());
    }

    #[test]
    fn what_is_no_der_ends_and_moves_no_cursor() {
        for bytes in
            [&b""[..], &[0x30], &[0x30, 0x05, 0x01], &[0x30, 0x84, 0, 0, 0, 0], &[0x30, 0x83, 0xff, 0xff, 0xff]]
        {
            assert!(Certificate::read(bytes).is_none() && RevocationList::read(bytes).is_none());
            assert_eq!(common_name(bytes), "");
        }
        assert_eq!(printable("a\u{1b}[2Jb\n"), "a[2Jb");
    }
}

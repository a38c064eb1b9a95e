//! Reading DER (ITU-T X.690), one field after the other, borrowed from the input.

use der::{AnyRef, Decode, Reader, SliceReader, Tag, TagNumber, Tagged, asn1::ObjectIdentifier};

/// A certificate's serial number, left-padded with zeros.
pub(crate) type Serial = [u8; 20];

/// The input is not the DER that was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct NotDer;

impl From<der::Error> for NotDer {
    fn from(_: der::Error) -> Self {
        Self
    }
}

/// The fields of one constructed value.
pub(crate) struct Fields<'a>(SliceReader<'a>);

impl<'a> Fields<'a> {
    /// The fields inside `contents`.
    pub(crate) fn new(contents: &'a [u8]) -> Result<Self, NotDer> {
        Ok(Self(SliceReader::new(contents)?))
    }

    /// The fields of the one SEQUENCE that `encoding` consists of, with nothing after it.
    pub(crate) fn of_sequence(encoding: &'a [u8]) -> Result<Self, NotDer> {
        let mut outer = Self::new(encoding)?;
        let inner = outer.sequence()?;
        outer.finish()?;
        Ok(inner)
    }

    /// The contents of the next field, which must have `tag`.
    pub(crate) fn next(&mut self, tag: Tag) -> Result<&'a [u8], NotDer> {
        let any = AnyRef::decode(&mut self.0)?;
        if any.tag() == tag { Ok(any.value()) } else { Err(NotDer) }
    }

    /// The next field with its tag and length; it must have `tag`.
    pub(crate) fn next_encoded(&mut self, tag: Tag) -> Result<&'a [u8], NotDer> {
        if self.peek()? != tag {
            return Err(NotDer);
        }
        Ok(self.0.tlv_bytes()?)
    }

    /// The contents of the next field if it has `tag`.
    pub(crate) fn optional(&mut self, tag: Tag) -> Result<Option<&'a [u8]>, NotDer> {
        if self.is_empty() || self.peek()? != tag {
            return Ok(None);
        }
        self.next(tag).map(Some)
    }

    /// The fields of the next field, a SEQUENCE.
    pub(crate) fn sequence(&mut self) -> Result<Self, NotDer> {
        Self::new(self.next(Tag::Sequence)?)
    }

    /// The next field, an OBJECT IDENTIFIER.
    pub(crate) fn oid(&mut self) -> Result<ObjectIdentifier, NotDer> {
        Ok(ObjectIdentifier::decode(&mut self.0)?)
    }

    /// The next field, an INTEGER that fits.
    pub(crate) fn small_integer(&mut self) -> Result<u16, NotDer> {
        Ok(u16::decode(&mut self.0)?)
    }

    /// The next field, a BOOLEAN.
    pub(crate) fn boolean(&mut self) -> Result<bool, NotDer> {
        Ok(bool::decode(&mut self.0)?)
    }

    /// The octets of the next field, an INTEGER that is not negative, without leading zeros.
    pub(crate) fn unsigned(&mut self) -> Result<&'a [u8], NotDer> {
        Ok(der::asn1::UintRef::decode(&mut self.0)?.as_bytes())
    }

    /// The next field, a positive INTEGER of up to 20 octets (RFC 5280 §4.1.2.2), left-padded with zeros.
    pub(crate) fn serial(&mut self) -> Result<Serial, NotDer> {
        left_padded(self.unsigned()?)
    }

    /// The next field, a UTCTime or GeneralizedTime without fraction (RFC 5280 §4.1.2.5), as Unix seconds.
    pub(crate) fn time(&mut self) -> Result<u64, NotDer> {
        let since_epoch = match self.peek()? {
            Tag::UtcTime => der::asn1::UtcTime::decode(&mut self.0)?.to_unix_duration(),
            _ => der::asn1::GeneralizedTime::decode(&mut self.0)?.to_unix_duration(),
        };
        Ok(since_epoch.as_secs())
    }

    /// The tag of the next field.
    pub(crate) fn peek(&self) -> Result<Tag, NotDer> {
        Ok(self.0.peek_tag()?)
    }

    /// Whether no field is left.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_finished()
    }

    /// Requires that no field is left.
    pub(crate) fn finish(self) -> Result<(), NotDer> {
        if self.is_empty() { Ok(()) } else { Err(NotDer) }
    }
}

/// The octets of a BIT STRING's contents, which must be whole octets.
pub(crate) fn whole_octets(bit_string: &[u8]) -> Result<&[u8], NotDer> {
    match bit_string {
        [0, octets @ ..] => Ok(octets),
        _ => Err(NotDer),
    }
}

/// An unsigned number in a field of fixed length.
pub(crate) fn left_padded<const N: usize>(octets: &[u8]) -> Result<[u8; N], NotDer> {
    let start = N.checked_sub(octets.len()).ok_or(NotDer)?;
    let mut padded = [0; N];
    padded.get_mut(start..).ok_or(NotDer)?.copy_from_slice(octets);
    Ok(padded)
}

/// The tag `[number]` around a constructed value.
pub(crate) const fn context_specific(number: TagNumber) -> Tag {
    Tag::ContextSpecific { constructed: true, number }
}

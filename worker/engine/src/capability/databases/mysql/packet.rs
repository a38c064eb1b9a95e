//! Packets of MySQL's protocol, and the parts that they have (MySQL's documentation, "Client/Server Protocol").

use super::super::{failure::Failure, reader::Reader, wire::Wire};

/// A packet of so many bytes is continued in another one; none is sent, and none is taken.
const LONGEST: usize = 0xff_ffff;

/// Which numbers packets have: one after the other within a command.
#[derive(Default)]
pub(super) struct Sequence(u8);

impl Sequence {
    /// The head and content of the next packet to send.
    pub(super) fn frame(&mut self, content: &[u8]) -> Result<Vec<u8>, Failure> {
        if content.len() >= LONGEST {
            return Err(Failure::Parameter(format!("a statement with its parameters has {LONGEST} bytes or more")));
        }
        let [low, middle, high, ..] = (content.len() as u32).to_le_bytes();
        let mut packet = vec![low, middle, high, self.0];
        packet.extend_from_slice(content);
        self.0 = self.0.wrapping_add(1);
        Ok(packet)
    }

    /// Sends a packet.
    pub(super) async fn send(&mut self, wire: &mut Wire, content: &[u8]) -> Result<(), Failure> {
        wire.send(&self.frame(content)?).await
    }

    /// Takes the content of the next packet.
    pub(super) async fn take(&mut self, wire: &mut Wire) -> Result<Vec<u8>, Failure> {
        let head = wire.take(4).await?;
        let length = self.length(Reader::new(&head).array()?)?;
        wire.take(length).await
    }

    /// The length that the head of the next packet names.
    pub(super) fn length(&mut self, [low, middle, high, number]: [u8; 4]) -> Result<usize, Failure> {
        let length = u32::from_le_bytes([low, middle, high, 0]) as usize;
        if number != self.0 {
            return Err(Failure::Nonsense("a packet is out of order"));
        }
        self.0 = self.0.wrapping_add(1);
        if length >= LONGEST { Err(Failure::Nonsense("a packet is too long")) } else { Ok(length) }
    }
}

/// An error as the server says it, from a packet that begins with 255.
pub(super) fn refusal(packet: &[u8]) -> Failure {
    let mut packet = Reader::new(packet);
    let (Ok(_), Ok(code)) = (packet.byte(), packet.array()) else {
        return Failure::Nonsense("an error without a code");
    };
    let text = String::from_utf8_lossy(packet.rest()).into_owned();
    // The state comes first, after a #, but for errors before anyone is known.
    let text = text.strip_prefix('#').and_then(|text| text.get(5..)).map(str::to_owned).unwrap_or(text);
    Failure::Server(format!("{text} ({})", u16::from_le_bytes(code)))
}

/// Whether a packet ends a list.
pub(super) fn is_end(packet: &[u8]) -> bool {
    packet.first() == Some(&0xfe) && packet.len() < 9
}

/// A number of variable length.
pub(super) fn number(reader: &mut Reader<'_>) -> Result<u64, Failure> {
    Ok(match reader.byte()? {
        0xfc => u16::from_le_bytes(reader.array()?).into(),
        0xfd => {
            let [low, middle, high] = reader.array()?;
            u32::from_le_bytes([low, middle, high, 0]).into()
        }
        0xfe => u64::from_le_bytes(reader.array()?),
        0xfb | 0xff => return Err(Failure::Nonsense("a length is none")),
        small => small.into(),
    })
}

/// Bytes after their number.
pub(super) fn bytes<'a>(reader: &mut Reader<'a>) -> Result<&'a [u8], Failure> {
    let length = number(reader)?;
    reader.bytes(usize::try_from(length).unwrap_or(usize::MAX))
}

/// Adds bytes after their number.
pub(super) fn put_bytes(out: &mut Vec<u8>, bytes: &[u8]) {
    match bytes.len() {
        length @ 0..=0xfa => out.push(length as u8),
        length @ 0xfb..=0xffff => {
            out.push(0xfc);
            out.extend_from_slice(&(length as u16).to_le_bytes());
        }
        // Longer than a packet it is refused.
        length => {
            out.push(0xfe);
            out.extend_from_slice(&(length as u64).to_le_bytes());
        }
    }
    out.extend_from_slice(bytes);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packets_are_numbered_and_another_number_is_refused() {
        let mut sequence = Sequence::default();
        assert_eq!(sequence.frame(b"ab"), Ok(vec![2, 0, 0, 0, b'a', b'b']));
        assert_eq!(sequence.length([3, 1, 0, 1]), Ok(259));
        assert!(matches!(sequence.length([3, 1, 0, 1]), Err(Failure::Nonsense(_))));
    }

    #[test]
    fn a_packet_that_another_one_continues_is_refused_both_ways() {
        assert!(matches!(Sequence::default().length([0xff, 0xff, 0xff, 0]), Err(Failure::Nonsense(_))));
        assert!(matches!(Sequence::default().frame(&vec![0; LONGEST]), Err(Failure::Parameter(_))));
    }

    #[test]
    fn bytes_come_back_as_they_were_put_whatever_their_number() {
        for length in [0, 250, 251, 0xffff, 0x1_0000] {
            let mut out = Vec::new();
            put_bytes(&mut out, &vec![7; length]);
            let mut reader = Reader::new(&out);
            assert_eq!(bytes(&mut reader).map(<[u8]>::len), Ok(length));
            assert!(reader.is_empty());
        }
    }

    #[test]
    fn a_length_beyond_the_packet_is_refused() {
        for packet in [&[0xfe, 255, 255, 255, 255, 255, 255, 255, 255][..], &[3, 1], &[0xfc, 1], &[0xfb], &[0xff], &[]]
        {
            assert!(matches!(bytes(&mut Reader::new(packet)), Err(Failure::Nonsense(_))), "{packet:?}");
        }
    }

    #[test]
    fn an_error_is_said_with_its_code_and_without_its_state() {
        let known = refusal(b"\xff\x15\x04#28000Access denied");
        assert_eq!(known, Failure::Server("Access denied (1045)".into()));
        assert_eq!(refusal(b"\xff\x10\x04Too many"), Failure::Server("Too many (1040)".into()));
        assert!(matches!(refusal(b"\xff\x10"), Failure::Nonsense(_)));
    }
}

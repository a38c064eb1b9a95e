//! Which addresses a contract may reach: judged after resolution, before connecting.
//!
//! After the IANA registries of special-purpose addresses (RFC 6890 and its updates). What carries an IPv4
//! address inside (mapped, NAT64, 6to4) is judged by that address.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// What an address is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AddressClass {
    /// Reachable from anywhere.
    Public,
    /// Inside somebody's machine or network: only where a rule says `danger_allow_private`.
    Private(&'static str),
    /// Not the address of one other machine: never.
    Never(&'static str),
}

/// Judges an address.
pub fn classify(address: IpAddr) -> AddressClass {
    match address {
        IpAddr::V4(address) => classify_v4(address),
        IpAddr::V6(address) => classify_v6(address),
    }
}

fn classify_v4(address: Ipv4Addr) -> AddressClass {
    use AddressClass::{Never, Private, Public};
    match address.octets() {
        [0, ..] => Never("the unspecified network"),
        [127, ..] => Private("loopback"),
        [10, ..] | [172, 16..=31, ..] | [192, 168, ..] => Private("private"),
        [100, 64..=127, ..] => Private("shared between a provider's customers"),
        [169, 254, ..] => Private("link-local"),
        [192, 0, 0, _] => Never("reserved for protocols"),
        [192, 0, 2, _] | [198, 51, 100, _] | [203, 0, 113, _] => Never("for documentation"),
        [192, 88, 99, _] => Never("a 6to4 relay"),
        [198, 18..=19, ..] => Never("for benchmarks"),
        [224..=239, ..] => Never("multicast"),
        [240..=255, ..] => Never("reserved"),
        _other => Public,
    }
}

fn classify_v6(address: Ipv6Addr) -> AddressClass {
    use AddressClass::{Never, Private, Public};
    let inner = |high: u16, low: u16| {
        let [[a, b], [c, d]] = [high.to_be_bytes(), low.to_be_bytes()];
        classify_v4(Ipv4Addr::new(a, b, c, d))
    };
    match address.segments() {
        [0, 0, 0, 0, 0, 0, 0, 0] => Never("unspecified"),
        [0, 0, 0, 0, 0, 0, 0, 1] => Private("loopback"),
        [0, 0, 0, 0, 0, 0xffff, high, low] | [0x64, 0xff9b, 0, 0, 0, 0, high, low] => inner(high, low),
        [0x64, 0xff9b, 1, ..] => Private("a network's own translation prefix"),
        [0x2002, high, low, ..] => inner(high, low),
        [0x2001, 0x0db8, ..] | [0x3fff, 0..=0x0fff, ..] => Never("for documentation"),
        [0x2001, 0..=0x01ff, ..] => Never("reserved for protocols"),
        [0xfc00..=0xfdff, ..] => Private("private"),
        [0xfe80..=0xfebf, ..] => Private("link-local"),
        [0xfec0..=0xfeff, ..] => Private("site-local"),
        [0xff00..=0xffff, ..] => Never("multicast"),
        [0x2000..=0x3fff, ..] => Public,
        _other => Never("reserved"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn class(text: &str) -> AddressClass {
        classify(text.parse().expect("an address"))
    }

    #[test]
    fn public_addresses_are_public() {
        for text in
            ["1.1.1.1", "100.63.255.255", "100.128.0.1", "172.15.0.1", "172.32.0.1", "192.0.1.1", "223.255.255.255"]
        {
            assert_eq!(class(text), AddressClass::Public, "{text}");
        }
        for text in ["2606:4700::1111", "2a00::1", "::ffff:1.1.1.1", "64:ff9b::1.1.1.1", "2002:0101:0101::1"] {
            assert_eq!(class(text), AddressClass::Public, "{text}");
        }
    }

    #[test]
    fn addresses_inside_a_machine_or_network_are_private() {
        for text in [
            "127.0.0.1",
            "127.255.0.1",
            "10.0.0.1",
            "172.16.0.1",
            "172.31.255.255",
            "192.168.1.1",
            "100.64.0.1",
            "169.254.169.254",
        ] {
            assert!(matches!(class(text), AddressClass::Private(_)), "{text}");
        }
        for text in ["::1", "fc00::1", "fdff::1", "fe80::1", "fec0::1", "64:ff9b:1::1"] {
            assert!(matches!(class(text), AddressClass::Private(_)), "{text}");
        }
    }

    #[test]
    fn a_private_address_inside_another_form_is_still_private() {
        for text in
            ["::ffff:127.0.0.1", "::ffff:169.254.169.254", "64:ff9b::10.0.0.1", "2002:7f00:1::1", "2002:c0a8:101::1"]
        {
            assert!(matches!(class(text), AddressClass::Private(_)), "{text}");
        }
    }

    #[test]
    fn addresses_of_no_single_machine_are_never_allowed() {
        for text in [
            "0.0.0.0",
            "0.1.2.3",
            "224.0.0.1",
            "239.1.1.1",
            "240.0.0.1",
            "255.255.255.255",
            "192.0.2.1",
            "198.51.100.1",
        ] {
            assert!(matches!(class(text), AddressClass::Never(_)), "{text}");
        }
        for text in [
            "203.0.113.1",
            "198.18.0.1",
            "192.0.0.1",
            "192.88.99.1",
            "::",
            "ff02::1",
            "2001:db8::1",
            "2001::1",
            "3fff::1",
        ] {
            assert!(matches!(class(text), AddressClass::Never(_)), "{text}");
        }
        for text in ["::127.0.0.1", "::2", "100::1", "4000::1", "::ffff:0.0.0.0", "5f00::1"] {
            assert!(matches!(class(text), AddressClass::Never(_)), "{text}");
        }
    }
}

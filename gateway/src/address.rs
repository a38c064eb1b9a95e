//! Which addresses belong to the public internet.
//!
//! After the IANA registries of special-purpose addresses (RFC 6890 and its updates), with the same ranges by which
//! the worker judges where a contract may go (`worker/engine/src/egress/address.rs`). What carries an IPv4 address
//! inside (mapped, NAT64, 6to4) is judged by that address.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Whether `address` is reachable from anywhere, and one machine's.
pub fn is_public(address: &IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_public_v4(address: &Ipv4Addr) -> bool {
    match address.octets() {
        // This host, loopback.
        [0 | 127, ..] => false,
        // Private, shared between a provider's customers, link-local.
        [10, ..] | [172, 16..=31, ..] | [192, 168, ..] | [100, 64..=127, ..] | [169, 254, ..] => false,
        // For protocols, documentation, 6to4 relays, benchmarks.
        [192, 0, 0 | 2, _] | [198, 51, 100, _] | [203, 0, 113, _] | [192, 88, 99, _] | [198, 18..=19, ..] => false,
        // Multicast, reserved.
        [224..=255, ..] => false,
        _other => true,
    }
}

fn is_public_v6(address: &Ipv6Addr) -> bool {
    let inner = |high: u16, low: u16| {
        let [[a, b], [c, d]] = [high.to_be_bytes(), low.to_be_bytes()];
        is_public_v4(&Ipv4Addr::new(a, b, c, d))
    };
    match address.segments() {
        [0, 0, 0, 0, 0, 0xffff, high, low] | [0x64, 0xff9b, 0, 0, 0, 0, high, low] => inner(high, low),
        [0x2002, high, low, ..] => inner(high, low),
        // For documentation; for protocols, Teredo among them.
        [0x2001, 0x0db8, ..] | [0x3fff, 0..=0x0fff, ..] | [0x2001, 0..=0x01ff, ..] => false,
        // Only this part is handed out.
        [0x2000..=0x3fff, ..] => true,
        _other => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn public(text: &str) -> bool {
        is_public(&text.parse().expect("an address"))
    }

    #[test]
    fn public_addresses_are_public() {
        for text in [
            "1.1.1.1",
            "100.63.255.255",
            "100.128.0.1",
            "172.15.0.1",
            "172.32.0.1",
            "192.0.1.1",
            "223.255.255.255",
            "2606:4700::1111",
            "2a00::1",
            "::ffff:1.1.1.1",
            "64:ff9b::1.1.1.1",
            "2002:0101:0101::1",
        ] {
            assert!(public(text), "{text}");
        }
    }

    #[test]
    fn addresses_inside_a_machine_or_network_are_not_public() {
        for text in [
            "127.0.0.1",
            "127.255.0.1",
            "10.0.0.1",
            "172.16.0.1",
            "172.31.255.255",
            "192.168.1.1",
            "100.64.0.1",
            "169.254.169.254",
            "::1",
            "fc00::1",
            "fdff::1",
            "fe80::1",
            "fec0::1",
            "64:ff9b:1::1",
        ] {
            assert!(!public(text), "{text}");
        }
    }

    #[test]
    fn an_address_inside_another_form_is_judged_by_itself() {
        for text in
            ["::ffff:127.0.0.1", "::ffff:169.254.169.254", "64:ff9b::10.0.0.1", "2002:7f00:1::1", "2002:c0a8:101::1"]
        {
            assert!(!public(text), "{text}");
        }
    }

    #[test]
    fn teredo_and_the_other_ranges_for_protocols_are_not_public() {
        for text in ["2001::1", "2001:0:4136:e378:8000:63bf:3fff:fdd2", "2001:2::1", "2001:10::1", "2001:20::1"] {
            assert!(!public(text), "{text}");
        }
        assert!(public("2001:200::1") && public("2001:4860::8888"));
    }

    #[test]
    fn addresses_of_no_single_machine_are_not_public() {
        for text in [
            "0.0.0.0",
            "0.1.2.3",
            "224.0.0.1",
            "239.1.1.1",
            "240.0.0.1",
            "255.255.255.255",
            "192.0.0.1",
            "192.0.2.1",
            "192.88.99.1",
            "198.18.0.1",
            "198.51.100.1",
            "203.0.113.1",
            "::",
            "::2",
            "::127.0.0.1",
            "::ffff:0.0.0.0",
            "100::1",
            "2001:db8::1",
            "3fff::1",
            "4000::1",
            "5f00::1",
            "ff02::1",
        ] {
            assert!(!public(text), "{text}");
        }
    }
}

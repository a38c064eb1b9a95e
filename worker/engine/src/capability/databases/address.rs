//! A contract's addresses of databases: `postgres://user:password@host:port/database?option=value` and the like, and
//! PostgreSQL's list of `option=value`.
//!
//! An address says where and as whom. How the connection is protected it does not say: options for that are read and mean
//! nothing, because there is one way.

use adyton_protocol::manifest::Protocol;
use zeroize::Zeroizing;

use super::failure::Failure;
use crate::egress::Destination;

/// The longest address, in bytes.
const MAX_ADDRESS: usize = 8192;

/// What the addresses of one protocol are like.
pub(super) struct Form {
    pub(super) protocol: Protocol,
    pub(super) schemes: &'static [&'static str],
    /// The port where an address names none.
    pub(super) port: u16,
    /// Options that are kept.
    pub(super) options: &'static [&'static str],
    /// Options that mean nothing here.
    pub(super) ignored: &'static [&'static str],
    /// Whether it may be a list of `option=value` too.
    pub(super) list: bool,
}

/// An address, read.
pub(super) struct Address {
    pub(super) destination: Destination,
    pub(super) user: Option<String>,
    pub(super) password: Option<Zeroizing<String>>,
    pub(super) database: Option<String>,
    options: Vec<(&'static str, String)>,
}

impl Address {
    /// Reads an address. No error has anything of it.
    pub(super) fn parse(form: &Form, text: &str) -> Result<Self, Failure> {
        if text.len() > MAX_ADDRESS {
            return Err(refuse("it is too long"));
        }
        let scheme = form.schemes.iter().find_map(|scheme| text.strip_prefix(scheme)?.strip_prefix("://"));
        let parts = match scheme {
            Some(rest) => Parts::of_url(rest)?,
            None if form.list => Parts::of_list(text)?,
            None => return Err(refuse("it does not begin with the protocol's name and ://")),
        };
        parts.address(form)
    }

    /// The value of an option that is kept.
    pub(super) fn option(&self, name: &str) -> Option<&str> {
        self.options.iter().find(|(known, _)| *known == name).map(|(_, value)| value.as_str())
    }
}

fn refuse(why: &str) -> Failure {
    Failure::Address(why.into())
}

/// The parts of an address as it says them.
#[derive(Default)]
struct Parts {
    authority: String,
    port: Option<String>,
    user: Option<String>,
    password: Option<Zeroizing<String>>,
    database: Option<String>,
    options: Vec<(String, String)>,
}

impl Parts {
    fn of_url(rest: &str) -> Result<Self, Failure> {
        let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let (authority, path) = rest.split_at(end);
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        if path.contains('#') || query.contains('#') {
            return Err(refuse("it has a fragment"));
        }
        let (user, authority) = match authority.rsplit_once('@') {
            Some((user, authority)) => (Some(user), authority),
            None => (None, authority),
        };
        let mut parts = Self { authority: authority.to_owned(), ..Self::default() };
        if let Some(user) = user {
            let (user, password) = match user.split_once(':') {
                Some((user, password)) => (user, Some(password)),
                None => (user, None),
            };
            parts.user = Some(decode(user)?).filter(|user| !user.is_empty());
            parts.password = password.map(decode).transpose()?.map(Zeroizing::new);
        }
        let database = path.strip_prefix('/').unwrap_or_default();
        parts.database = Some(decode(database)?).filter(|database| !database.is_empty());
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').ok_or_else(|| refuse("an option has no value"))?;
            parts.set(decode(name)?, decode(value)?)?;
        }
        Ok(parts)
    }

    fn of_list(text: &str) -> Result<Self, Failure> {
        let mut parts = Self::default();
        let mut rest = text.trim_start();
        while !rest.is_empty() {
            let (name, after) = rest.split_once('=').ok_or_else(|| refuse("an option has no value"))?;
            let (value, after) = listed_value(after.trim_start())?;
            parts.set(name.trim_end().to_owned(), value)?;
            rest = after.trim_start();
        }
        Ok(parts)
    }

    fn set(&mut self, name: String, value: String) -> Result<(), Failure> {
        match name.as_str() {
            // An address of IP version 6 has brackets in a URL alone.
            "host" if value.contains(':') => self.authority = format!("[{value}]"),
            "host" => self.authority = value,
            "port" => self.port = Some(value),
            "user" => self.user = Some(value),
            "password" => self.password = Some(Zeroizing::new(value)),
            "dbname" => self.database = Some(value),
            _other if self.options.iter().any(|(known, _)| *known == name) => {
                return Err(refuse("an option stands twice"));
            }
            _other => self.options.push((name, value)),
        }
        Ok(())
    }

    fn address(self, form: &Form) -> Result<Address, Failure> {
        let Self { authority, port, user, password, database, options } = self;
        let authority = port.map_or_else(|| authority.clone(), |port| format!("{authority}:{port}"));
        let destination = Destination::database(form.protocol, &authority, form.port)?;
        let mut kept = Vec::new();
        for (name, value) in options {
            if let Some(known) = form.options.iter().find(|known| **known == name) {
                kept.push((*known, value));
            } else if !form.ignored.contains(&name.as_str()) {
                return Err(refuse("it has an option that is not known here"));
            }
        }
        Ok(Address { destination, user, password, database, options: kept })
    }
}

/// The first value of a list and what comes after it: up to a space, or between apostrophes; `\` keeps what follows it.
fn listed_value(text: &str) -> Result<(String, &str), Failure> {
    let quoted = text.starts_with('\'');
    let mut value = String::new();
    let mut characters = text.char_indices().skip(usize::from(quoted));
    while let Some((at, character)) = characters.next() {
        match character {
            '\'' if quoted => return Ok((value, &text[at + 1..])),
            '\\' => value.extend(characters.next().map(|(_, character)| character)),
            space if space.is_whitespace() && !quoted => return Ok((value, &text[at..])),
            other => value.push(other),
        }
    }
    if quoted { Err(refuse("an apostrophe is missing")) } else { Ok((value, "")) }
}

/// Takes `%41` for `A` (RFC 3986 §2.1).
fn decode(text: &str) -> Result<String, Failure> {
    let broken = || refuse("a % is not followed by two hexadecimal digits");
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let mut digit = || rest.next().and_then(|digit| char::from(digit).to_digit(16)).ok_or_else(broken);
        let (high, low) = (digit()?, digit()?);
        bytes.push((high * 16 + low) as u8);
    }
    String::from_utf8(bytes).map_err(|_| refuse("it is not UTF-8"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const FORM: Form = Form {
        protocol: Protocol::Postgres,
        schemes: &["postgres", "postgresql"],
        port: 5432,
        options: &["application_name"],
        ignored: &["sslmode"],
        list: true,
    };

    fn parse(text: &str) -> Address {
        Address::parse(&FORM, text).unwrap_or_else(|failure| panic!("{text}: {failure}"))
    }

    fn parts(address: &Address) -> (String, Option<&str>, Option<&str>, Option<&str>) {
        let password = address.password.as_ref().map(|password| password.as_str());
        (address.destination.name(), address.user.as_deref(), password, address.database.as_deref())
    }

    #[test]
    fn a_url_and_a_list_say_the_same() {
        let expected = ("db.example.org:6432".to_owned(), Some("ann"), Some("p@s's w/rd"), Some("shop"));
        let url =
            parse("postgres://ann:p%40s's%20w%2Frd@DB.example.org:6432/shop?sslmode=disable&application_name=a%3Db");
        assert_eq!((parts(&url), url.option("application_name")), (expected.clone(), Some("a=b")));
        let list =
            parse("  host = DB.example.org port=6432 user=ann password='p@s\\'s w/rd' dbname=shop  sslmode=disable");
        assert_eq!((parts(&list), list.option("sslmode")), (expected, None));
    }

    #[test]
    fn what_is_not_said_is_not_there_and_the_port_is_the_usual_one() {
        assert_eq!(parts(&parse("postgresql://[::1]")), ("[::1]:5432".into(), None, None, None));
        assert_eq!(parts(&parse("host=::1")), ("[::1]:5432".into(), None, None, None));
        assert_eq!(parts(&parse("postgres://ann@a/")), ("a:5432".into(), Some("ann"), None, None));
        assert_eq!(parts(&parse("postgres://:@a/")), ("a:5432".into(), None, Some(""), None));
    }

    #[test]
    fn what_two_readers_could_take_for_different_servers_is_refused() {
        for text in [
            "postgres://a,b/",
            "host=a,b",
            "host=/var/run/postgresql",
            "hostaddr=127.0.0.1 host=a",
            "postgres://a:1:2/",
            "postgres://a#@b/",
            "host=a port=5432,5433",
            "host=a sslmode=a sslmode=b",
            "host='a",
            "host",
            "",
            "postgres://",
            "mysql://a",
            "postgres://a/%zz",
            "postgres://a/%f",
            "postgres://%ff@a/",
            "postgres://a?sslmode",
            "postgres://a?service=b",
        ] {
            assert!(matches!(Address::parse(&FORM, text), Err(Failure::Address(_))), "{text}");
        }
        assert!(Address::parse(&FORM, &format!("host={}", "a".repeat(MAX_ADDRESS))).is_err());
        let urls_alone = Form { list: false, ..FORM };
        assert!(Address::parse(&urls_alone, "host=a").is_err());
    }

    #[test]
    fn the_last_at_sign_ends_the_password_and_a_later_host_is_the_one_that_is_judged() {
        assert_eq!(parts(&parse("postgres://ann:a@b@db.example.org/")).0, "db.example.org:5432");
        assert_eq!(parts(&parse("postgres://one.example.org/?host=two.example.org")).0, "two.example.org:5432");
    }

    #[test]
    fn no_refusal_has_anything_of_the_address() {
        for text in ["postgres://ann:s3cret@a b/", "host=a password=s3cret s3cret=1", "postgres://s3cret:%s3cret@a"] {
            let failure = Address::parse(&FORM, text).err().expect("refused");
            assert!(!failure.to_string().contains("s3cret"), "{failure}");
        }
    }
}

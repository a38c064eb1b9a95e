//! Databases outside, where a contract's own tests run: a server of whoever runs them stands in the place of the one that
//! the contract's rules name.
//!
//! The rules decide before whether the contract may connect at all. The certificate is judged as that of the database
//! that the contract names, by this machine's clock: the scenario's is made up.

use std::{net::SocketAddr, str::FromStr};

use adyton_engine::egress::{Dialled, EgressError, InvalidRoot, Permit, Policy};

use crate::outside::machine_ms;

/// A database, `host:port`, and the server that takes its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    name: String,
    address: SocketAddr,
}

impl FromStr for Place {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (name, address) = text.split_once('=').ok_or("HOST:PORT=ADDRESS:PORT is expected")?;
        let port = name.rsplit_once(':').filter(|(host, _)| !host.is_empty()).map(|(_, port)| port.parse::<u16>());
        if !matches!(port, Some(Ok(1..))) {
            return Err(format!("'{name}' is no HOST:PORT"));
        }
        let address = address.parse::<SocketAddr>().map_err(|_| format!("'{address}' is no ADDRESS:PORT"))?;
        Ok(Self { name: name.to_ascii_lowercase(), address })
    }
}

/// A root certificate, DER, in hexadecimal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Root(pub Vec<u8>);

impl FromStr for Root {
    type Err = hex::FromHexError;

    fn from_str(text: &str) -> Result<Self, hex::FromHexError> {
        hex::decode(text).map(Self)
    }
}

/// The servers that take databases' places, and whose certificates are believed.
pub struct Databases {
    places: Vec<Place>,
    trusted: Policy,
}

impl Databases {
    /// These, with certificates under the public roots or one of `roots` (DER).
    pub fn new(places: Vec<Place>, roots: &[Vec<u8>]) -> Result<Self, InvalidRoot> {
        Ok(Self { places, trusted: Policy::new(Vec::new(), roots)? })
    }

    /// Connects to the server that takes the place of a database to which the contract may connect.
    pub async fn dial(&self, permit: &Permit) -> Result<Dialled, EgressError> {
        let database = permit.destination();
        let name = database.name();
        let Some(place) = self.places.iter().find(|place| place.name == name) else {
            let reason = format!("no server takes its place; name one with --database {name}=ADDRESS:PORT");
            return Err(EgressError::Unavailable { host: database.host(), reason });
        };
        Dialled::danger_unjudged(&self.trusted, permit, place.address, machine_ms()).await
    }
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use adyton_engine::egress::Destination;
    use adyton_protocol::manifest::{EgressRule, Protocol};

    use super::*;

    /// What a contract has that may connect to `name`, without a private address.
    fn permit(name: &str) -> Permit {
        let (host, port) = name.split_once(':').expect("has a port");
        let rule = EgressRule {
            host: host.into(),
            port: Some(port.parse().expect("is one")),
            insecure_http: false,
            danger_allow_private: false,
            protocol: Protocol::Redis,
        };
        let policy = Policy::new(vec![rule], &[]).expect("has no roots");
        policy.permit(Destination::database(Protocol::Redis, name, 6379).expect("is one")).expect("is covered")
    }

    #[tokio::test]
    async fn the_server_that_was_named_takes_the_place_of_that_database_and_of_no_other() {
        let server = TcpListener::bind("127.0.0.1:0").expect("a port");
        server.set_nonblocking(true).expect("can be");
        let place = format!("DB.example.org:6379={}", server.local_addr().expect("is bound"));
        let databases = Databases::new(vec![place.parse().expect("reads")], &[]).expect("has no roots");
        for other in ["db.example.org:6380", "other.example.org:6379"] {
            let error = databases.dial(&permit(other)).await.err().expect("is not there").to_string();
            assert!(error.contains(&format!("--database {other}=")), "{error}");
        }
        assert!(server.accept().is_err(), "nobody has connected");
        assert!(databases.dial(&permit("db.example.org:6379")).await.is_ok());
        assert!(server.accept().is_ok());
    }

    #[tokio::test]
    async fn a_server_that_is_not_there_is_unavailable() {
        let server = TcpListener::bind("127.0.0.1:0").expect("a port");
        let place = format!("db.example.org:6379={}", server.local_addr().expect("is bound"));
        drop(server);
        let databases = Databases::new(vec![place.parse().expect("reads")], &[]).expect("has no roots");
        let error = databases.dial(&permit("db.example.org:6379")).await.err();
        assert!(matches!(error, Some(EgressError::Unavailable { .. })));
    }

    #[test]
    fn what_names_no_server_is_refused() {
        for text in
            ["", "db:1", "db=127.0.0.1:1", ":1=127.0.0.1:1", "db:0=127.0.0.1:1", "db:1=localhost:1", "db:1=127.0.0.1"]
        {
            assert!(text.parse::<Place>().is_err(), "{text}");
        }
        assert!("0g".parse::<Root>().is_err());
        assert!(Databases::new(Vec::new(), &[vec![1, 2, 3]]).is_err(), "that is no certificate");
    }
}

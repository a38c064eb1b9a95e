//! A server of Redis as it is.

use adyton_engine::Outcome;
use adyton_protocol::manifest::{Manifest, Protocol};

use super::{
    NAME, ask,
    process::{Place, Running, program},
    reaching,
};

/// A server with the password `s3cret word`; none where there is none.
fn server() -> Option<Running> {
    let redis = program("redis-server")?;
    let place = Place::new();
    let arguments = [
        "--port",
        "0",
        "--tls-port",
        &place.port.to_string(),
        "--tls-cert-file",
        &place.path("certificate.pem"),
        "--tls-key-file",
        &place.path("key.pem"),
        "--tls-auth-clients",
        "no",
        "--bind",
        "127.0.0.1",
        "--requirepass",
        "s3cret word",
        "--save",
        "",
    ];
    let arguments = arguments.map(str::to_owned);
    Some(place.run(&redis, &arguments))
}

fn address(server: &Running) -> String {
    format!("open redis://:s3cret%20word@{NAME}:{}/3", server.port)
}

fn allowing(server: &Running) -> Manifest {
    reaching(Protocol::Redis, server.port, &server.root)
}

/// Lets the contract do it as soon as the server is up, and leaves out that it was.
async fn answers(server: &Running, lines: &[&str]) -> (Vec<String>, Outcome) {
    let lines: Vec<String> = [address(server)].into_iter().chain(lines.iter().copied().map(str::to_owned)).collect();
    for _ in 0..100 {
        let (mut said, outcome) = ask(&allowing(server), "/redis", &lines).await;
        if said.first().is_some_and(|first| first == "open") {
            said.remove(0);
            return (said, outcome);
        }
        println!("not yet: {said:?}");
        tokio::time::sleep(std::time::Duration::from_millis(200)).await;
    }
    panic!("the server did not come up");
}

#[tokio::test]
async fn a_server_of_redis_answers_every_function_refuses_and_goes_on() {
    let Some(server) = server() else { return };
    let (said, outcome) = answers(
        &server,
        &[
            "get k",
            "set k value",
            "get k",
            "incr n",
            "incr n",
            "incr k",
            "sadd s a b a",
            "srem s a x",
            "smembers s",
            "get s",
            "del k n nothing",
            "publish channel hello",
            "execute CLIENT LIST nonsense",
            "execute RPUSH l 1 two",
            "execute LRANGE l 0 -1",
            "execute CONFIG GET databases",
            "execute PING",
            "execute GET nothing",
        ],
    )
    .await;
    let expected = [
        "Ok(None)",
        "Ok(())",
        "Ok(Some([118, 97, 108, 117, 101]))",
        "Ok(1)",
        "Ok(2)",
        "Err(Error::TypeError)",
        "Ok(2)",
        "Ok(1)",
        "Ok([\"b\"])",
        "Err(Error::TypeError)",
        "Ok(2)",
        "Ok(())",
    ];
    assert_eq!(said[..12], expected, "{said:?}");
    assert!(said[12].contains("Error::Other(\"ERR"), "{}", said[12]);
    assert_eq!(said[13], "Ok([RedisResult::Int64(2)])");
    assert_eq!(said[14], "Ok([RedisResult::Binary([49]), RedisResult::Binary([116, 119, 111])])");
    assert!(said[15].starts_with("Ok([RedisResult::Binary("), "{}", said[15]);
    assert_eq!(said[16], "Ok([RedisResult::Status(\"PONG\")])");
    assert_eq!(said[17], "Ok([RedisResult::Nil])");
    assert_eq!((outcome.egress.len(), outcome.usage.egress_requests), (19, 19));
    assert!(outcome.egress.iter().all(|record| record.certificate.is_some()));

    let wrong = address(&server).replace("s3cret", "another");
    let other = address(&server).replace("/3", "/three");
    let (said, _) = ask(&allowing(&server), "/redis", &[wrong, other]).await;
    assert!(said[0].contains("refuses the user or the password") && !said[0].contains("another"), "{}", said[0]);
    assert_eq!(said[1], "Error::InvalidAddress");

    let mut manifest = allowing(&server);
    (manifest.limits.egress_bytes, manifest.limits.egress_ms) = (10_000, 2_000);
    let again = address(&server);
    let lines = [
        again.as_str(),
        "execute SETRANGE large 20000 x",
        "get large",
        "get large",
        &again,
        "execute BLPOP nobody 20",
        "get large",
    ];
    let (said, _) = ask(&manifest, "/redis", &lines.map(str::to_owned)).await;
    assert!(said[2].contains("more than 10000 bytes"), "{}", said[2]);
    assert!(said[3].contains("closed"), "{}", said[3]);
    assert!(said[5].contains("in time") && said[6].contains("closed"), "{said:?}");
}

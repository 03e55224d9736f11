//! Odoo's forms of values, and what the public types promise about threads.

#![allow(clippy::unwrap_used, reason = "tests")]

use punchclock_odoo::{
    ApiKey, Call, Client, ClientBuilder, Domain, Error, ErrorKind, Failure, Many2One, NoArgs, OdooDateTime,
    RetryPolicy, ServerVersion,
};
use serde::Deserialize;

#[derive(Debug, Deserialize, PartialEq)]
struct Row<T: for<'a> Deserialize<'a>> {
    #[serde(deserialize_with = "punchclock_odoo::false_is_none")]
    value: Option<T>,
}

fn read<T: for<'a> Deserialize<'a>>(value: &str) -> Result<Option<T>, String> {
    serde_json::from_str::<Row<T>>(&format!(r#"{{"value":{value}}}"#))
        .map(|row| row.value)
        .map_err(|error| error.to_string())
}

#[test]
fn false_and_null_are_none_for_every_type() {
    for empty in ["false", "null"] {
        assert_eq!(read::<String>(empty), Ok(None));
        assert_eq!(read::<i64>(empty), Ok(None));
        assert_eq!(read::<f64>(empty), Ok(None));
        assert_eq!(read::<Many2One>(empty), Ok(None));
        assert_eq!(read::<OdooDateTime>(empty), Ok(None));
        assert_eq!(read::<Vec<i64>>(empty), Ok(None));
    }
}

#[test]
fn other_values_pass_and_wrong_ones_are_errors() {
    assert_eq!(read("\"x\""), Ok(Some("x".to_owned())));
    assert_eq!(read("\"\\u00e9\""), Ok(Some("é".to_owned())));
    assert_eq!(read("-7"), Ok(Some(-7_i64)));
    assert_eq!(read("7"), Ok(Some(7_u8)));
    assert_eq!(read("0"), Ok(Some(0_i64)));
    assert_eq!(read("1.5"), Ok(Some(1.5_f64)));
    assert_eq!(read("true"), Ok(Some(true)));
    assert_eq!(read("[1,2]"), Ok(Some(vec![1_i64, 2])));
    assert_eq!(read("{\"value\":1}"), Ok(Some(Row { value: Some(1_i64) })));
    for wrong in ["true", "[]", "{}", "1"] {
        assert!(read::<String>(wrong).is_err(), "{wrong}");
    }
    assert!(read::<i64>("\"7\"").is_err());
    assert!(read::<u8>("256").is_err());
}

#[test]
fn a_link_is_a_pair() {
    let link: Many2One = serde_json::from_str(r#"[7, "Main office"]"#).unwrap();
    assert_eq!((link.id, link.name.as_str()), (7, "Main office"));
    let nameless: Many2One = serde_json::from_str("[7, false]").unwrap();
    assert_eq!(nameless.name, "");
    for wrong in ["7", "[]", "[7]", r#"["7", "x"]"#, r#"[7, "x", 1]"#, "false"] {
        assert!(serde_json::from_str::<Many2One>(wrong).is_err(), "{wrong}");
    }
}

#[test]
fn a_time_is_utc_to_the_second() {
    let at: OdooDateTime = serde_json::from_str("\"2026-03-29 01:00:00\"").unwrap();
    assert_eq!(at.utc().to_rfc3339(), "2026-03-29T01:00:00+00:00");
    assert_eq!(serde_json::to_string(&at).unwrap(), "\"2026-03-29 01:00:00\"");
    let fraction = at.utc() + chrono::TimeDelta::milliseconds(999);
    assert_eq!(OdooDateTime::from(fraction), at);
    for wrong in [
        "2026-03-29T01:00:00",
        "2026-03-29",
        "2026-03-29 01:00:00+02:00",
        "2026-02-30 00:00:00",
        "",
    ] {
        assert!(wrong.parse::<OdooDateTime>().is_err(), "{wrong}");
    }
}

#[test]
fn public_types_can_be_shared_between_threads() {
    fn shared<T: Send + Sync + 'static>() {}
    shared::<ApiKey>();
    shared::<Call<'static>>();
    shared::<Client>();
    shared::<ClientBuilder>();
    shared::<Domain>();
    shared::<Error>();
    shared::<ErrorKind>();
    shared::<Failure>();
    shared::<RetryPolicy>();
    shared::<ServerVersion>();
}

#[test]
fn a_call_can_move_between_threads_while_it_waits() {
    fn sendable<F: Future + Send>(_: F) {}
    let key = ApiKey::new("0123456789abcdef").unwrap();
    let client = Client::builder("http://127.0.0.1:1", "db", key).build().unwrap();
    sendable(client.clone().version());
    sendable(client.call::<_, bool>("res.partner", "read", &NoArgs::new()));
    sendable(client.create("res.partner", &[NoArgs::new()]));
}

//! What an operator, a terminal or Odoo can do wrong: an error that names the thing and what to do, an exit code
//! where the process cannot go on, and nothing lost.

#![allow(
    clippy::unwrap_used,
    reason = "an integration test: a failed expectation is its failure"
)]

mod support;

use std::time::Duration;

use punchclock_zk::CommKey;
use punchclock_zk::sim::Simulator;
use support::process::{EdgeProcess, run_to_end};
use support::scripted_odoo::{Mood, ScriptedOdoo};
use support::{Site, request, secret, until};

const LONG: Duration = Duration::from_secs(20);

fn local(text: &str) -> chrono::NaiveDateTime {
    text.parse().unwrap()
}

/// Runs the edge on a site that it must refuse; the message has to name all of `expected`.
#[track_caller]
fn refused(site: &Site, code: i32, expected: &[&str]) {
    let config = site.write();
    let output = run_to_end(&["run", "--config", config.to_str().unwrap()]);
    let message = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(code), "{message}");
    for text in expected {
        assert!(message.contains(text), "{text:?} is not in: {message}");
    }
}

#[test]
fn a_typo_in_the_configuration_is_named_with_its_place() {
    let mut site = Site::new("http://127.0.0.1:1");
    site.terminals =
        "[[terminal]]\nserial = \"T1\"\nmode = \"poll\"\nadress = \"127.0.0.1:4370\"\n".to_owned();
    refused(&site, 2, &["edge.toml", "adress", "line"]);
}

#[test]
fn every_wrong_value_is_named_at_once_with_a_remedy() {
    let mut site = Site::new("odoo.example.com");
    site.terminal("T1", "poll", None).terminal("t1 ", "push", None);
    site.terminals
        .push_str("[[terminal]]\nserial = \"T2\"\nmode = \"push\"\nzone = \"Europe/Atlantis\"\n");
    refused(
        &site,
        2,
        &[
            "delivery.url",
            "http://",
            "T1: polling needs its address",
            "given twice",
            "Europe/Atlantis",
        ],
    );
}

#[test]
fn a_log_level_that_is_none_is_refused_instead_of_silencing_the_log() {
    for level in ["wran", "punchclock_edge=loud", ""] {
        let site = Site::new("http://127.0.0.1:1");
        let text = site.config_text().replace("info,punchclock_edge=debug", level);
        let path = site.folder.path().join("edge.toml");
        std::fs::write(&path, text).unwrap();
        let output = run_to_end(&["run", "--config", path.to_str().unwrap()]);
        let message = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{message}");
        assert!(message.contains("log.level"), "{message}");
    }
}

#[test]
fn check_refuses_what_run_would_refuse() {
    let site = Site::new("http://127.0.0.1:1");
    for (from, to, expected) in [
        (
            "http://127.0.0.1:1",
            "https://odoo.example.com/web",
            "only scheme, host and port",
        ),
        (
            "database =",
            "ca_file = \"missing.pem\"\ndatabase =",
            "missing.pem",
        ),
    ] {
        let path = site.folder.path().join("edge.toml");
        std::fs::write(&path, site.config_text().replace(from, to)).unwrap();
        for command in ["check", "run"] {
            let output = run_to_end(&[command, "--config", path.to_str().unwrap()]);
            let message = String::from_utf8(output.stderr).unwrap();
            assert_eq!(output.status.code(), Some(2), "{command}: {message}");
            assert!(message.contains(expected), "{command}: {message}");
        }
    }
}

#[test]
fn a_missing_configuration_or_secret_is_named() {
    let output = run_to_end(&["run", "--config", "/nonexistent/edge.toml"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("/nonexistent/edge.toml"));

    let site = Site::new("http://127.0.0.1:1");
    std::fs::remove_file(site.folder.path().join("odoo.key")).unwrap();
    refused(&site, 2, &["odoo.key", "the API key of Odoo", "0600"]);
}

#[test]
fn a_secret_open_to_others_is_refused() {
    use std::os::unix::fs::PermissionsExt as _;
    let site = Site::new("http://127.0.0.1:1");
    let key = site.folder.path().join("odoo.key");
    std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o644)).unwrap();
    refused(&site, 2, &["odoo.key", "chmod 600"]);
}

#[test]
fn a_queue_file_that_is_no_database_is_refused_and_left_alone() {
    let site = Site::new("http://127.0.0.1:1");
    let text = "these are the holiday photos, not a queue\n".repeat(200);
    std::fs::write(site.queue_path(), &text).unwrap();
    refused(&site, 3, &["queue.db"]);
    assert_eq!(std::fs::read_to_string(site.queue_path()).unwrap(), text);
}

#[test]
fn a_second_edge_on_the_same_queue_is_refused() {
    let site = Site::new("http://127.0.0.1:1");
    let _running = EdgeProcess::start(&site.write());
    let mut second = Site::new("http://127.0.0.1:1");
    second.terminals.clear();
    let text = second
        .config_text()
        .replace("path = \"queue.db\"", &format!("path = {:?}", site.queue_path()));
    let path = second.folder.path().join("edge.toml");
    std::fs::write(&path, text).unwrap();
    let output = run_to_end(&["run", "--config", path.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(3));
    assert!(String::from_utf8_lossy(&output.stderr).contains("queue.db"));
}

#[test]
fn an_address_that_is_taken_is_named() {
    let site = Site::new("http://127.0.0.1:1");
    let _taken = std::net::TcpListener::bind(site.push).unwrap();
    refused(&site, 4, &[&site.push.to_string(), "terminals that push"]);
}

#[test]
fn the_example_configuration_is_usable() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("edge.toml");
    std::fs::write(&path, include_str!("../packaging/edge.example.toml")).unwrap();
    secret(&folder.path().join("odoo.key"), support::API_KEY);
    let output = run_to_end(&["check", "--config", path.to_str().unwrap()]);
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_comm_key_is_shown_and_cured_without_loss() {
    let odoo = ScriptedOdoo::start(Mood::Well).await;
    let terminal = Simulator::builder()
        .serial("KEYED")
        .comm_key(CommKey::new(4711))
        .listen("127.0.0.1:0")
        .await
        .unwrap();
    terminal.punch("7", local("2026-03-02T08:00:00"), 1, 0).unwrap();
    let mut site = Site::new(&odoo.url());
    site.terminal("KEYED", "poll", Some(terminal.addr()));
    let wrong = site.folder.path().join("wrong.key");
    secret(&wrong, "1234");
    site.terminals.push_str("comm_key_file = \"wrong.key\"\n");
    let edge = EdgeProcess::start(&site.write());
    until("the health page to name the key", LONG, async || {
        let (status, body) = site.get("/health", None).await;
        status == 200 && body.contains("\"warn\"") && body.contains("refused the comm key")
    })
    .await;
    assert!(
        !edge.log().contains("1234") && !edge.log().contains("4711"),
        "a key was logged"
    );
    assert_eq!(edge.terminate(), Some(0));
    secret(&wrong, "4711");
    let _edge = EdgeProcess::start(&site.write());
    until("the punch", LONG, async || odoo.stored().len() == 1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_terminal_that_hangs_up_in_the_middle_is_read_again() {
    let odoo = ScriptedOdoo::start(Mood::Well).await;
    let terminal = Simulator::builder()
        .serial("HANGS")
        .listen("127.0.0.1:0")
        .await
        .unwrap();
    for minute in 0..50 {
        terminal
            .punch(
                "7",
                local("2026-03-02T08:00:00") + chrono::TimeDelta::minutes(minute),
                1,
                0,
            )
            .unwrap();
    }
    terminal.inject(punchclock_zk::sim::Fault::HangUpAfter(900));
    let mut site = Site::new(&odoo.url());
    site.terminal("HANGS", "poll", Some(terminal.addr()));
    let edge = EdgeProcess::start(&site.write());
    until("all punches", LONG, async || odoo.stored().len() == 50).await;
    assert!(edge.logged("a poll failed"), "{}", edge.log());
}

#[tokio::test(flavor = "multi_thread")]
async fn another_terminal_at_the_address_is_not_stored() {
    let odoo = ScriptedOdoo::start(Mood::Well).await;
    let terminal = Simulator::builder()
        .serial("OTHER")
        .listen("127.0.0.1:0")
        .await
        .unwrap();
    terminal.punch("7", local("2026-03-02T08:00:00"), 1, 0).unwrap();
    let mut site = Site::new(&odoo.url());
    site.terminal("EXPECTED", "poll", Some(terminal.addr()));
    let _edge = EdgeProcess::start(&site.write());
    until("the health page to name both", LONG, async || {
        let (_, body) = site.get("/health", None).await;
        body.contains("answers as terminal OTHER") && body.contains("EXPECTED")
    })
    .await;
    assert!(odoo.stored().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_is_cut_off_is_not_acknowledged_and_nothing_of_it_is_stored() {
    let odoo = ScriptedOdoo::start(Mood::Well).await;
    let mut site = Site::new(&odoo.url());
    site.terminal("PUSHER", "push", None);
    let _edge = EdgeProcess::start(&site.write());
    let body = "7\t2026-03-02 08:00:00\t0\t1\n8\t2026-03-02 08:0";
    let head = "POST /iclock/cdata?SN=PUSHER&table=ATTLOG&Stamp=1 HTTP/1.1\r\nHost: edge\r\n";
    let cut = format!("{head}Content-Length: 400\r\n\r\n{body}");
    {
        use tokio::io::AsyncWriteExt as _;
        let mut stream = tokio::net::TcpStream::connect(site.push).await.unwrap();
        stream.write_all(cut.as_bytes()).await.unwrap();
        stream.shutdown().await.unwrap();
        let mut answer = Vec::new();
        let _ = tokio::io::AsyncReadExt::read_to_end(&mut stream, &mut answer).await;
        assert!(
            !String::from_utf8_lossy(&answer).contains("OK"),
            "a cut body was acknowledged"
        );
    }
    let whole = format!(
        "{head}Content-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    );
    let (status, answer) = request(site.push, whole.as_bytes()).await;
    assert_eq!(
        (status, answer.as_str()),
        (200, "OK: 2"),
        "one punch and one unreadable line"
    );
    until("the punch", LONG, async || odoo.stored().len() == 1).await;
    let output = run_to_end(&["quarantine", "--config", site.write().to_str().unwrap()]);
    assert!(String::from_utf8_lossy(&output.stdout).contains("2026-03-02 08:0"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_compressed_upload_and_one_of_a_door_terminal_are_read() {
    use std::io::Write as _;

    let odoo = ScriptedOdoo::start(Mood::Well).await;
    let mut site = Site::new(&odoo.url());
    site.terminal("PUSHER", "push", None);
    let _edge = EdgeProcess::start(&site.write());
    let post = |table: &str, body: &[u8]| {
        let mut request = format!(
            "POST /iclock/cdata?SN=PUSHER&table={table}&Stamp=77 HTTP/1.1\r\nHost: edge\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
            body.len()
        )
        .into_bytes();
        request.extend_from_slice(body);
        request
    };
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder
        .write_all(b"7\t2026-03-02 08:00:00\t0\t1\n8\t2026-03-02 08:00:00\t0\t1\n")
        .unwrap();
    let (status, answer) = request(site.push, &post("ATTLOG", &encoder.finish().unwrap())).await;
    assert_eq!((status, answer.as_str()), (200, "OK: 2"));
    until("both punches", LONG, async || odoo.stored().len() == 2).await;

    let events = b"time=2026-03-02 09:00:00\tpin=7\tcardno=12345678\tevent=0\tinoutstatus=1\r\n\
        time=2026-03-02 09:00:01\tpin=0\tcardno=12345678\tevent=27\r\n";
    let (status, answer) = request(site.push, &post("rtlog", events)).await;
    assert_eq!((status, answer.as_str()), (200, "OK"));
    until("who was let in", LONG, async || odoo.stored().len() == 3).await;
    let get = |target: &str| {
        format!("GET /iclock/{target} HTTP/1.1\r\nHost: edge\r\nConnection: close\r\n\r\n").into_bytes()
    };
    let handshake = get("cdata?SN=PUSHER&pushver=3.1.2&DeviceType=acc&options=all");
    assert_eq!(request(site.push, &handshake).await.1, "OK", "not registered yet");
    let registry = b"POST /iclock/registry?SN=PUSHER HTTP/1.1\r\nHost: edge\r\nContent-Length: 7\r\nConnection: close\r\n\r\nFirm=1\n";
    let (status, code) = request(site.push, registry).await;
    assert!(status == 200 && code.starts_with("RegistryCode="), "{code}");
    let (_, registered) = request(site.push, &handshake).await;
    assert!(
        registered.starts_with(&format!("registry=ok\n{code}\n")),
        "{registered}"
    );
    let (_, configuration) = request(site.push, &get("push?SN=PUSHER")).await;
    assert!(configuration.contains("\nRealtime=1\n"), "{configuration}");
    let list = run_to_end(&["quarantine", "--config", site.write().to_str().unwrap()]);
    assert!(!String::from_utf8_lossy(&list.stdout).contains("12345678"));

    let greeting =
        b"GET /iclock/cdata?SN=PUSHER&options=all HTTP/1.1\r\nHost: edge\r\nConnection: close\r\n\r\n";
    let (status, options) = request(site.push, greeting).await;
    assert!(
        status == 200 && options.contains("ATTLOGStamp=77\n"),
        "the committed stamp is echoed: {options}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stranger_cannot_take_the_memory_of_the_terminals() {
    use tokio::io::AsyncWriteExt as _;

    let odoo = ScriptedOdoo::start(Mood::Well).await;
    let mut site = Site::new(&odoo.url());
    site.terminal("PUSHER", "push", None);
    let _edge = EdgeProcess::start(&site.write());
    let mut trickling = Vec::new();
    for _ in 0..4 {
        let mut stream = tokio::net::TcpStream::connect(site.push).await.unwrap();
        let head = "POST /iclock/cdata?SN=STRANGER&table=ATTLOG HTTP/1.1\r\nHost: edge\r\nContent-Length: 16000000\r\n\r\n";
        stream.write_all(head.as_bytes()).await.unwrap();
        let _ = tokio::time::timeout(Duration::from_secs(2), stream.write_all(&vec![b'1'; 15_000_000])).await;
        trickling.push(stream);
    }
    let body = "7\t2026-03-02 08:00:00\t0\t1\n";
    let post = format!(
        "POST /iclock/cdata?SN=PUSHER&table=ATTLOG HTTP/1.1\r\nHost: edge\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    );
    assert_eq!(request(site.push, post.as_bytes()).await.0, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_serial_is_listed_and_its_punches_stay_on_it() {
    let odoo = ScriptedOdoo::start(Mood::Well).await;
    let site = Site::new(&odoo.url());
    let _edge = EdgeProcess::start(&site.write());
    let body = "7\t2026-03-02 08:00:00\t0\t1\n";
    let post = format!(
        "POST /iclock/cdata?SN=STRANGER&table=ATTLOG HTTP/1.1\r\nHost: edge\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    );
    let (status, answer) = request(site.push, post.as_bytes()).await;
    assert_eq!(status, 503);
    assert!(!answer.to_ascii_uppercase().contains("OK"));
    let poll = "GET /iclock/getrequest?SN=STRANGER HTTP/1.1\r\nHost: edge\r\nConnection: close\r\n\r\n";
    assert_eq!(
        request(site.push, poll.as_bytes()).await.0,
        200,
        "a heartbeat gets a harmless answer"
    );
    let (_, health) = site.get("/health", None).await;
    assert!(health.contains("unknown:STRANGER"), "{health}");
    let (_, metrics) = site.get("/metrics", Some(support::METRICS_TOKEN)).await;
    assert!(!metrics.contains("STRANGER"), "a stranger became a label");
    assert!(odoo.stored().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_network_that_is_not_allowed_is_refused() {
    let odoo = ScriptedOdoo::start(Mood::Well).await;
    let mut site = Site::new(&odoo.url());
    site.terminal("PUSHER", "push", None);
    let text = site.config_text().replace("127.0.0.0/8", "10.11.12.0/24");
    let path = site.folder.path().join("edge.toml");
    std::fs::write(&path, text).unwrap();
    let edge = EdgeProcess::start(&path);
    let mut stream = tokio::net::TcpStream::connect(site.push).await.unwrap();
    let mut answer = Vec::new();
    let _ = tokio::io::AsyncReadExt::read_to_end(&mut stream, &mut answer).await;
    assert!(answer.is_empty());
    until("the refusal in the log", LONG, async || {
        edge.logged("not in the allowed networks")
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_odoo_that_answers_html_or_refuses_the_key_is_named_and_nothing_is_lost() {
    let odoo = ScriptedOdoo::start(Mood::Html(200)).await;
    let terminal = Simulator::builder()
        .serial("T1")
        .listen("127.0.0.1:0")
        .await
        .unwrap();
    terminal.punch("7", local("2026-03-02T08:00:00"), 1, 0).unwrap();
    let mut site = Site::new(&odoo.url());
    site.terminal("T1", "poll", Some(terminal.addr()));
    let edge = EdgeProcess::start(&site.write());
    for (mood, expected) in [
        (Mood::Html(200), "not JSON"),
        (Mood::Html(404), "database"),
        (Mood::WrongKey, "API key"),
        (Mood::StoresAndFails, "500"),
    ] {
        odoo.set(mood);
        until(expected, LONG, async || {
            let (status, body) = site.get("/health", None).await;
            let delivery = body
                .split("odoo:delivery")
                .nth(1)
                .and_then(|rest| rest.split('}').next())
                .unwrap_or_default();
            status == 200 && delivery.contains(expected)
        })
        .await;
    }
    let (_, metrics) = site.get("/metrics", Some(support::METRICS_TOKEN)).await;
    assert!(metrics.contains("edge_queue_dead 0"), "{metrics}");
    assert!(!edge.log().contains(support::API_KEY), "the API key was logged");
    odoo.set(Mood::Well);
    until("the queue to empty", LONG, async || {
        site.get("/metrics", Some(support::METRICS_TOKEN))
            .await
            .1
            .contains("edge_queue_pending 0")
    })
    .await;
    assert_eq!(
        odoo.stored().len(),
        1,
        "stored once, though the first answer was lost"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_odoo_rejects_stays_marked_and_visible() {
    let odoo = ScriptedOdoo::start(Mood::Rejects("13".to_owned())).await;
    let terminal = Simulator::builder()
        .serial("T1")
        .listen("127.0.0.1:0")
        .await
        .unwrap();
    for pin in ["12", "13", "14"] {
        terminal.punch(pin, local("2026-03-02T08:00:00"), 1, 0).unwrap();
    }
    let mut site = Site::new(&odoo.url());
    site.terminal("T1", "poll", Some(terminal.addr()));
    let edge = EdgeProcess::start(&site.write());
    until("the others", LONG, async || odoo.stored().len() == 2).await;
    let rejected = || {
        let output = run_to_end(&["rejected", "--config", site.write().to_str().unwrap()]);
        String::from_utf8(output.stdout).unwrap()
    };
    until("the rejected one in the list", LONG, async || {
        rejected().contains("\"bad_pin\"")
    })
    .await;
    let list = rejected();
    assert!(list.contains("no such PIN") && list.contains("\"13\""), "{list}");
    let (status, health) = site.get("/health", None).await;
    assert!(
        status == 200 && health.contains("queue:rejected") && health.contains("\"warn\""),
        "{health}"
    );
    edge.kill();
    assert_eq!(rejected(), list, "it is still there after the process died");
    let _edge = EdgeProcess::start(&site.write());
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert_eq!(
        rejected(),
        list,
        "and polling the same log again does not bring it back"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_that_poisons_whole_calls_is_found_and_the_others_pass() {
    let odoo = ScriptedOdoo::start(Mood::RefusesCallsWith("13".to_owned())).await;
    let terminal = Simulator::builder()
        .serial("T1")
        .listen("127.0.0.1:0")
        .await
        .unwrap();
    for pin in 1..=40 {
        terminal
            .punch(&pin.to_string(), local("2026-03-02T08:00:00"), 1, 0)
            .unwrap();
    }
    let mut site = Site::new(&odoo.url());
    site.terminal("T1", "poll", Some(terminal.addr()));
    let _edge = EdgeProcess::start(&site.write());
    until("the 39 others", LONG, async || odoo.stored().len() == 39).await;
    let output = run_to_end(&["rejected", "--config", site.write().to_str().unwrap()]);
    let list = String::from_utf8(output.stdout).unwrap();
    assert!(list.lines().count() == 1 && list.contains("\"13\""), "{list}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_pushes_back_and_heals() {
    let odoo = ScriptedOdoo::start(Mood::Html(503)).await;
    let mut site = Site::new(&odoo.url());
    site.quota_mib = 1;
    site.terminal("PUSHER", "push", None);
    let _edge = EdgeProcess::start(&site.write());
    let post = |batch: u32| {
        let body: String = (0..100)
            .map(|line| format!("{}\t2026-03-02 08:00:00\t0\t1\n", batch * 100 + line))
            .collect();
        format!(
            "POST /iclock/cdata?SN=PUSHER&table=ATTLOG HTTP/1.1\r\nHost: edge\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
            body.len()
        )
    };
    let mut acknowledged = 0;
    let mut refused = None;
    for batch in 0..200 {
        let (status, answer) = request(site.push, post(batch).as_bytes()).await;
        if status == 200 {
            assert_eq!(answer, "OK: 100");
            acknowledged += 100;
        } else {
            assert!(
                status == 503 && !answer.to_ascii_uppercase().contains("OK"),
                "{status} {answer}"
            );
            refused = Some(batch);
            break;
        }
    }
    let refused = refused.expect("a queue of 1 MiB cannot hold 20,000 punches");
    let (status, health) = site.get("/health", None).await;
    assert!(status == 503 && health.contains("is full"), "{status} {health}");
    assert_eq!(
        site.get("/livez", None).await.0,
        200,
        "a full disk is no reason to restart"
    );
    odoo.set(Mood::Well);
    until("what was acknowledged to arrive", LONG, async || {
        odoo.stored().len() == acknowledged
    })
    .await;
    until("the refused upload to be taken", LONG, async || {
        request(site.push, post(refused).as_bytes()).await.0 == 200
    })
    .await;
    until("it to arrive too", LONG, async || {
        odoo.stored().len() == acknowledged + 100
    })
    .await;
    assert_eq!(site.get("/readyz", None).await.0, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_queue_is_set_aside_and_the_terminals_are_read_again() {
    let odoo = ScriptedOdoo::start(Mood::Html(503)).await;
    let polled = Simulator::builder()
        .serial("POLLED")
        .listen("127.0.0.1:0")
        .await
        .unwrap();
    for pin in 0..500 {
        polled
            .punch(&(pin + 1).to_string(), local("2026-03-02T08:00:00"), 1, 0)
            .unwrap();
    }
    let mut site = Site::new(&odoo.url());
    site.terminal("POLLED", "poll", Some(polled.addr()));
    let config = site.write();
    let edge = EdgeProcess::start(&config);
    until("the log to be queued", LONG, async || {
        site.get("/metrics", Some(support::METRICS_TOKEN))
            .await
            .1
            .contains("edge_queue_pending 500")
    })
    .await;
    assert_eq!(edge.terminate(), Some(0));
    // Everything behind the first page is overwritten, as by a card that failed.
    let mut bytes = std::fs::read(site.queue_path()).unwrap();
    bytes[4096..].fill(0xA5);
    std::fs::write(site.queue_path(), bytes).unwrap();
    odoo.set(Mood::Well);
    let edge = EdgeProcess::start(&config);
    until("every punch again", LONG, async || odoo.stored().len() == 500).await;
    assert!(edge.logged("the queue file was damaged"), "{}", edge.log());
    let (status, health) = site.get("/health", None).await;
    assert!(
        status == 200 && health.contains("queue:file") && health.contains("\"warn\""),
        "{health}"
    );
    assert!(
        site.folder.path().join("queue.db.quarantine").is_dir(),
        "the damaged file is kept"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn metrics_need_the_token() {
    let odoo = ScriptedOdoo::start(Mood::Well).await;
    let site = Site::new(&odoo.url());
    let edge = EdgeProcess::start(&site.write());
    for token in [
        None,
        Some("wrong"),
        Some("metrics-token-of-the-tes"),
        Some("metrics-token-of-the-test2"),
    ] {
        assert_eq!(site.get("/metrics", token).await.0, 401);
    }
    let (status, text) = site.get("/metrics", Some(support::METRICS_TOKEN)).await;
    assert!(
        status == 200 && text.contains("edge_queue_pending") && text.ends_with("# EOF\n"),
        "{text}"
    );
    assert!(!edge.log().contains(support::METRICS_TOKEN));
}

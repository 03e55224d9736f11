//! Many records: how they are cut, how culprits are found, and what ends a bulk.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "tests"
)]

mod common;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use common::client;
use punchclock_odoo::{BulkReport, Context, ErrorKind};
use serde_json::{Value, json};
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, Request, Respond, ResponseTemplate};

/// Creates what it is given, unless a record or the size of the request is refused. The id of record `n` is `1000 + n`.
struct Odoo {
    refuses: Vec<u64>,
    too_large_above: usize,
    names_records: bool,
}

impl Respond for Odoo {
    fn respond(&self, request: &Request) -> ResponseTemplate {
        if request.body.len() > self.too_large_above {
            return ResponseTemplate::new(413).set_body_raw("<title>413</title>", "text/html");
        }
        let body: Value = serde_json::from_slice(&request.body).unwrap();
        let load = request.url.path().ends_with("/load");
        let numbers: Vec<u64> = body[if load { "data" } else { "vals_list" }]
            .as_array()
            .unwrap()
            .iter()
            .map(|row| {
                if load {
                    row[1].as_str().unwrap().parse().unwrap()
                } else {
                    row["n"].as_u64().unwrap()
                }
            })
            .collect();
        let bad: Vec<usize> = (0..numbers.len())
            .filter(|place| self.refuses.contains(&numbers[*place]))
            .collect();
        let ids: Vec<u64> = numbers.iter().map(|number| 1000 + number).collect();
        let answer = match (load, bad.is_empty()) {
            (false, true) => json!(ids),
            (true, true) => json!({"ids": ids, "messages": []}),
            (true, false) => {
                let message = |place: &usize| match self.names_records {
                    true => json!({"type": "error", "message": "no", "record": place}),
                    false => json!({"type": "error", "message": "no"}),
                };
                json!({"ids": false, "messages": bad.iter().map(message).collect::<Vec<_>>()})
            }
            (false, false) => {
                let error = json!({"name": "odoo.exceptions.ValidationError", "message": "no", "debug": ""});
                return ResponseTemplate::new(422).set_body_json(error);
            }
        };
        ResponseTemplate::new(200).set_body_json(answer)
    }
}

async fn odoo(refuses: &[u64], too_large_above: usize, names_records: bool) -> MockServer {
    let server = MockServer::start().await;
    let odoo = Odoo {
        refuses: refuses.to_vec(),
        too_large_above,
        names_records,
    };
    Mock::given(any()).respond_with(odoo).mount(&server).await;
    server
}

fn values(count: usize) -> Vec<Value> {
    (0..count).map(|n| json!({"n": n})).collect()
}

fn assert_all_but(report: &BulkReport, count: u64, refused: &[u64]) {
    let expected: Vec<Option<i64>> = (0..count)
        .map(|n| (!refused.contains(&n)).then(|| 1000 + i64::try_from(n).unwrap()))
        .collect();
    assert_eq!(report.ids, expected);
    let found: Vec<u64> = report
        .refused
        .iter()
        .map(|refused| refused.index as u64)
        .collect();
    assert_eq!(found, refused);
    assert!(report.stopped.is_none());
    assert_eq!(report.is_complete(), refused.is_empty());
}

async fn requests(server: &MockServer) -> Vec<usize> {
    server
        .received_requests()
        .await
        .unwrap()
        .iter()
        .map(|request| request.body.len())
        .collect()
}

#[tokio::test]
async fn requests_hold_500_records_and_half_a_mebibyte() {
    let server = odoo(&[], usize::MAX, true).await;
    let client = client(&server.uri());
    let report = client.bulk("x.y").create(&values(1201)).await.unwrap();
    assert_all_but(&report, 1201, &[]);
    assert_eq!(requests(&server).await.len(), 3);

    let server = odoo(&[], usize::MAX, true).await;
    let large: Vec<Value> = (0..40)
        .map(|n| json!({"n": n, "note": "x".repeat(100_000)}))
        .collect();
    let report = common::client(&server.uri())
        .bulk("x.y")
        .create(&large)
        .await
        .unwrap();
    assert_all_but(&report, 40, &[]);
    let sizes = requests(&server).await;
    assert_eq!(sizes.len(), 8);
    assert!(sizes.iter().all(|size| *size <= 512 * 1024), "{sizes:?}");
}

#[tokio::test]
async fn the_records_at_fault_are_found_by_halving() {
    let server = odoo(&[3, 77, 78, 499], usize::MAX, true).await;
    let context = Context::new().without_tracking();
    let report = client(&server.uri())
        .bulk("x.y")
        .context(context)
        .create(&values(500))
        .await
        .unwrap();
    assert_all_but(&report, 500, &[3, 77, 78, 499]);
    assert_eq!(report.refused[0].error.server_message(), Some("no"));
    let count = requests(&server).await.len();
    assert!(count < 80, "{count} requests for four culprits among 500");
}

#[tokio::test]
async fn load_names_them_or_they_are_found_by_halving() {
    let rows: Vec<[String; 2]> = (0..300).map(|n| [format!("a.r{n}"), n.to_string()]).collect();
    for (names_records, most) in [(true, 3), (false, 40)] {
        let server = odoo(&[10, 299], usize::MAX, names_records).await;
        let report = client(&server.uri())
            .bulk("x.y")
            .load(&["id", "n"], &rows)
            .await
            .unwrap();
        assert_all_but(&report, 300, &[10, 299]);
        let count = requests(&server).await.len();
        assert!(count <= most, "{count} requests");
    }
}

#[tokio::test]
async fn a_server_that_accepts_less_gets_less() {
    let server = odoo(&[], 2_000, true).await;
    let report = client(&server.uri())
        .bulk("x.y")
        .create(&values(500))
        .await
        .unwrap();
    assert_all_but(&report, 500, &[]);

    let mut items = values(20);
    items[7]["note"] = json!("x".repeat(5_000));
    let report = client(&server.uri()).bulk("x.y").create(&items).await.unwrap();
    assert_all_but(&report, 20, &[7]);
    assert_eq!(report.refused[0].error.kind(), ErrorKind::TooLarge);
}

#[tokio::test]
async fn any_other_failure_ends_it_and_says_what_is_uncertain() {
    let server = MockServer::start().await;
    let all = Odoo {
        refuses: vec![],
        too_large_above: usize::MAX,
        names_records: true,
    };
    Mock::given(any())
        .respond_with(all)
        .up_to_n_times(1)
        .mount(&server)
        .await;
    let gateway = ResponseTemplate::new(504).set_body_raw("", "text/html");
    Mock::given(any())
        .respond_with(gateway)
        .expect(1)
        .mount(&server)
        .await;
    let report = client(&server.uri())
        .bulk("x.y")
        .max_records(2)
        .create(&values(5))
        .await
        .unwrap();
    assert_eq!(report.ids, [Some(1000), Some(1001), None, None, None]);
    let stopped = report.stopped.unwrap();
    assert_eq!((stopped.request, stopped.not_sent), (vec![2, 3], vec![4]));
    assert!(stopped.error.is_outcome_unknown());
}

#[tokio::test]
async fn ids_that_do_not_fit_the_records_are_not_guessed_at() {
    let server = MockServer::start().await;
    Mock::given(any())
        .respond_with(ResponseTemplate::new(200).set_body_json(json!([1])))
        .mount(&server)
        .await;
    let report = client(&server.uri())
        .bulk("x.y")
        .create(&values(2))
        .await
        .unwrap();
    assert_eq!(report.ids, [None, None]);
    let error = report.stopped.unwrap().error;
    assert_eq!(error.kind(), ErrorKind::Decode);
    assert!(error.is_outcome_unknown());
}

#[tokio::test]
async fn one_request_is_in_flight_at_a_time() {
    struct Slow(Arc<AtomicUsize>);
    impl Respond for Slow {
        fn respond(&self, _: &Request) -> ResponseTemplate {
            self.0.fetch_add(1, Ordering::SeqCst);
            ResponseTemplate::new(200)
                .set_body_json(json!([1]))
                .set_delay(Duration::from_millis(60))
        }
    }
    let server = MockServer::start().await;
    let begun = Arc::new(AtomicUsize::new(0));
    Mock::given(any())
        .respond_with(Slow(Arc::clone(&begun)))
        .mount(&server)
        .await;
    let client = client(&server.uri());
    let start = tokio::time::Instant::now();
    let bulks: Vec<_> = (0..4)
        .map(|_| {
            let client = client.clone();
            tokio::spawn(async move {
                client
                    .bulk("x.y")
                    .create(&[json!({"n": 1})])
                    .await
                    .unwrap()
                    .is_complete()
            })
        })
        .collect();
    for bulk in bulks {
        assert!(bulk.await.unwrap());
    }
    assert_eq!(begun.load(Ordering::SeqCst), 4);
    assert!(
        start.elapsed() >= Duration::from_millis(4 * 60),
        "they ran side by side"
    );
}

#[tokio::test]
async fn nothing_to_send_sends_nothing() {
    let server = odoo(&[], usize::MAX, true).await;
    assert!(
        client(&server.uri())
            .bulk("x.y")
            .create::<Value>(&[])
            .await
            .unwrap()
            .is_complete()
    );
    assert!(requests(&server).await.is_empty());
}

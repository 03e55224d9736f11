//! Ten thousand records, page by page, over every transport.

use std::time::Instant;

use punchclock_odoo::{Client, Domain, Model, Page};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::servers::{Way, unique, ways};

const RECORDS: usize = 10_000;
const PAGE: u32 = 500;

#[derive(Deserialize)]
struct Logged {
    id: i64,
    message: String,
}

impl Model for Logged {
    const NAME: &'static str = "ir.logging";
    const FIELDS: &'static [&'static str] = &["message"];

    fn id(&self) -> i64 {
        self.id
    }
}

async fn fill(client: &Client, name: &str) -> Vec<i64> {
    let mut ids = Vec::with_capacity(RECORDS);
    for first in (0..RECORDS).step_by(1000) {
        let values: Vec<Value> = (first..first + 1000)
            .map(|n| {
                json!({"name": name, "message": format!("打卡 {n}"), "type": "client", "path": "p", "func": "f", "line": "1"})
            })
            .collect();
        ids.extend(client.create("ir.logging", &values).await.unwrap());
    }
    ids
}

async fn by_id(client: &Client, way: &Way, name: &str) -> Vec<Logged> {
    let mut pages = client
        .records::<Logged>()
        .pages(Domain::field("name").eq(name), PAGE);
    let mut all = Vec::new();
    while let Some(page) = pages
        .next()
        .await
        .unwrap_or_else(|error| panic!("{way}: {error}"))
    {
        assert!(page.len() <= PAGE as usize, "{way}");
        all.extend(page);
    }
    all
}

#[tokio::test(flavor = "multi_thread")]
async fn ten_thousand_records_are_paged_through() {
    for way in ways() {
        let client = way.client();
        let name = unique("volume");
        let began = Instant::now();
        let ids = fill(&client, &name).await;
        let made = began.elapsed();
        let began = Instant::now();
        let rows = by_id(&client, &way, &name).await;
        println!(
            "{way}: {RECORDS} records made in {made:.1?}, read in {:.1?}",
            began.elapsed()
        );
        assert_eq!(
            rows.iter().map(|row| row.id).collect::<Vec<_>>(),
            ids,
            "{way}: each once, in order"
        );
        assert!(
            rows.iter()
                .enumerate()
                .all(|(n, row)| row.message == format!("打卡 {n}")),
            "{way}: each with its own text"
        );
        // And in one answer, which is some hundred kilobytes.
        let whole: Vec<Logged> = client
            .search_read(
                "ir.logging",
                &Domain::field("name").eq(&*name),
                &["message"],
                &Page::new().order("id"),
            )
            .await
            .unwrap();
        assert_eq!(whole.len(), RECORDS, "{way}");
        client.unlink("ir.logging", &ids).await.unwrap();
    }
}

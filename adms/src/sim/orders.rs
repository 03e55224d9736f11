//! What the terminal does with a command, and what it reports.

use chrono::NaiveDateTime;

use super::builder::Builder;
use super::columns::{Record, event_row};
use super::state::State;
use crate::dialect::Dialect;
use crate::time;

/// Rows of one packet of an answer to a query.
const ROWS_PER_PACKET: usize = 50;

/// Something to be posted until it is acknowledged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Report {
    pub(super) endpoint: &'static str,
    /// Parameters behind the serial, each with its `&`.
    pub(super) more: String,
    pub(super) body: Vec<u8>,
}

impl Report {
    fn result(id: &str, code: i64, command: &str, details: &str) -> Self {
        Self {
            endpoint: "devicecmd",
            more: String::new(),
            body: format!("ID={id}&Return={code}&CMD={command}\n{details}").into_bytes(),
        }
    }
}

impl State {
    /// Obeys one command line of a heartbeat's reply: `C:<id>:<command>`. Returns whether it was one.
    pub(super) fn obey(&mut self, line: &str, settings: &Builder) -> bool {
        let Some((id, command)) = line.strip_prefix("C:").and_then(|rest| rest.split_once(':')) else {
            return false;
        };
        self.received(command);
        let name = command.split(' ').next().unwrap_or_default();
        let refused = settings
            .refusals
            .iter()
            .find(|(verb, _)| command.starts_with(verb.as_str()));
        let (code, details) = match refused {
            Some((_, code)) => (*code, String::new()),
            None => self.do_it(id, command, settings),
        };
        self.reports.push_back(Report::result(id, code, name, &details));
        true
    }

    /// Return code, and the lines that go with it.
    fn do_it(&mut self, id: &str, command: &str, settings: &Builder) -> (i64, String) {
        let done = (0, String::new());
        match command {
            "LOG" => {
                self.asked = true;
                done
            }
            "CHECK" => {
                self.must_shake = true;
                self.asked = true;
                done
            }
            "REBOOT" => {
                self.must_shake = true;
                done
            }
            "INFO" => (
                0,
                format!(
                    "~DeviceName=Simulated\n~SerialNumber={}\nTransactionCount={}\n",
                    settings.serial,
                    self.log.len()
                ),
            ),
            _ => {
                if let Some(window) = command.strip_prefix("DATA QUERY ATTLOG ") {
                    let rows =
                        self.matching(window, |record, number| settings.columns.encode(record, number));
                    self.answer("cdata", "&table=ATTLOG&Stamp=0", &rows);
                    (count(&rows), String::new())
                } else if let Some(window) = command.strip_prefix("VERIFY SUM ATTLOG ") {
                    let rows = self.matching(window, |_, _| String::new());
                    (0, format!("AttlogSum={}\n", rows.len()))
                } else if command.starts_with("DATA QUERY tablename=transaction,")
                    && settings.dialect == Dialect::Acc
                {
                    let rows: Vec<String> = self
                        .log
                        .iter()
                        .enumerate()
                        .map(|(number, record)| event_row(record, number.saturating_add(1)))
                        .collect();
                    self.packets(id, &rows);
                    (count(&rows), String::new())
                } else if command.starts_with("DATA UPDATE ")
                    || command.starts_with("DATA DELETE ")
                    || command.starts_with("SET OPTION")
                {
                    done
                } else {
                    (-1002, String::new())
                }
            }
        }
    }

    /// The records of a window, each as `row` writes it.
    fn matching(&self, window: &str, row: impl Fn(&Record, usize) -> String) -> Vec<String> {
        let bound = |key: &str| -> Option<NaiveDateTime> {
            let value = window.split('\t').find_map(|pair| pair.strip_prefix(key))?;
            time::parse(value.trim().as_bytes())
        };
        let (Some(from), Some(to)) = (bound("StartTime="), bound("EndTime=")) else {
            return Vec::new();
        };
        self.log
            .iter()
            .enumerate()
            .filter(|(_, record)| (from..=to).contains(&record.time))
            .map(|(number, record)| row(record, number.saturating_add(1)))
            .collect()
    }

    fn answer(&mut self, endpoint: &'static str, more: &str, rows: &[String]) {
        for rows in rows.chunks(ROWS_PER_PACKET) {
            self.reports.push_back(Report {
                endpoint,
                more: more.to_owned(),
                body: rows.concat().into_bytes(),
            });
        }
    }

    /// The rows in packets whose borders fall anywhere, as those of real terminals do.
    fn packets(&mut self, id: &str, rows: &[String]) {
        let text = rows.concat();
        let size = text
            .len()
            .div_ceil(rows.len().div_ceil(ROWS_PER_PACKET).max(1))
            .max(1);
        let packets: Vec<&[u8]> = text.as_bytes().chunks(size).collect();
        for (index, body) in packets.iter().enumerate() {
            self.reports.push_back(Report {
                endpoint: "querydata",
                more: format!(
                    "&type=tabledata&cmdid={id}&tablename=transaction&count={}&packcnt={}&packidx={}",
                    body.iter().filter(|byte| **byte == b'\n').count(),
                    packets.len(),
                    index.saturating_add(1)
                ),
                body: body.to_vec(),
            });
        }
    }
}

fn count(rows: &[String]) -> i64 {
    i64::try_from(rows.len()).unwrap_or(i64::MAX)
}

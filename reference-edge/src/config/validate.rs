//! What a value must be, beyond its type. Every fault is named at once, with its key and a remedy.

use punchclock_queue::normalise_serial;

use super::{Config, Mode, Terminal};

pub(super) fn faults(config: &Config) -> Vec<String> {
    let mut faults = Vec::new();
    if config.node.name.trim().is_empty() {
        faults.push("node.name is empty: name this edge, for example after its branch".to_owned());
    }
    if !log_level(&config.log.level) {
        faults.push(format!(
            "log.level is {:?}: write error, warn, info, debug or trace, or pairs such as \"info,punchclock_edge=debug\"",
            config.log.level
        ));
    }
    storage_and_delivery(config, &mut faults);
    poll(config, &mut faults);
    if let Some(push) = &config.push {
        if push.allow.is_empty() {
            faults.push(
                "push.allow is empty, so that no terminal could connect: name its networks, for example [\"192.168.1.0/24\"]"
                    .to_owned(),
            );
        }
        in_range("push.heartbeat_s", push.heartbeat_s, 2, 600, &mut faults);
    }
    for (index, terminal) in config.terminals.iter().enumerate() {
        self::terminal(config, index, terminal, &mut faults);
    }
    faults
}

fn storage_and_delivery(config: &Config, faults: &mut Vec<String>) {
    in_range(
        "storage.quota_mib",
        config.storage.quota_mib,
        1,
        1_048_576,
        faults,
    );
    in_range("delivery.batch", config.delivery.batch, 1, 500, faults);
    in_range(
        "delivery.retry_base_ms",
        config.delivery.retry_base_ms,
        1,
        60_000,
        faults,
    );
    in_range(
        "delivery.retry_cap_s",
        config.delivery.retry_cap_s,
        1,
        86_400,
        faults,
    );
    in_range("delivery.timeout_s", config.delivery.timeout_s, 1, 3_600, faults);
    if !(config.delivery.url.starts_with("http://") || config.delivery.url.starts_with("https://")) {
        faults.push(format!(
            "delivery.url is {:?}: write the address of Odoo with http:// or https://",
            config.delivery.url
        ));
    }
    if config.delivery.database.trim().is_empty() {
        faults.push("delivery.database is empty: name the Odoo database".to_owned());
    }
}

fn poll(config: &Config, faults: &mut Vec<String>) {
    let poll = &config.poll;
    in_range("poll.interval_s", poll.interval_s, 1, 86_400, faults);
    in_range(
        "poll.fallback_interval_s",
        poll.fallback_interval_s,
        1,
        86_400,
        faults,
    );
    in_range("poll.silent_after", poll.silent_after, 1, 1_000, faults);
    in_range("poll.reconcile_s", poll.reconcile_s, 60, 2_678_400, faults);
    in_range("poll.timeout_s", poll.timeout_s, 1, 600, faults);
    in_range("poll.at_once", poll.at_once, 1, 64, faults);
}

fn terminal(config: &Config, index: usize, terminal: &Terminal, faults: &mut Vec<String>) {
    let serial = normalise_serial(&terminal.serial);
    if serial.is_empty() {
        faults.push(format!("terminal {}: serial is empty", index.saturating_add(1)));
        return;
    }
    let earlier = config.terminals.iter().take(index);
    if earlier
        .into_iter()
        .any(|other| normalise_serial(&other.serial) == serial)
    {
        faults.push(format!("terminal {serial}: the serial is given twice"));
    }
    if matches!(terminal.mode, Mode::Poll | Mode::Both) && terminal.address.is_none() {
        faults.push(format!(
            "terminal {serial}: polling needs its address, for example \"192.168.1.201:4370\""
        ));
    }
    if matches!(terminal.mode, Mode::Push | Mode::Both) && config.push.is_none() {
        faults.push(format!(
            "terminal {serial}: it pushes, but there is no [push] section to listen with"
        ));
    }
    if let Some(address) = &terminal.address
        && !address
            .rsplit_once(':')
            .is_some_and(|(host, port)| !host.is_empty() && port.parse::<u16>().is_ok())
    {
        faults.push(format!(
            "terminal {serial}: address {address:?} is not host:port, for example \"192.168.1.201:4370\""
        ));
    }
    if let Some(zone) = &terminal.zone
        && punchclock_rules::ZoneTable::bundled(zone).is_err()
    {
        faults.push(format!(
            "terminal {serial}: zone {zone:?} is no IANA zone name, for example \"Asia/Manila\""
        ));
    }
}

/// A word that is no level would be taken for the name of a module, and everything else would be silent.
fn log_level(filter: &str) -> bool {
    let level = |word: &str| ["off", "error", "warn", "info", "debug", "trace"].contains(&word.trim());
    filter.split(',').all(|part| match part.rsplit_once('=') {
        Some((target, word)) => !target.trim().is_empty() && level(word),
        None => level(part),
    })
}

fn in_range(key: &str, value: u32, least: u32, most: u32, faults: &mut Vec<String>) {
    if !(least..=most).contains(&value) {
        faults.push(format!("{key} is {value}: write a number from {least} to {most}"));
    }
}

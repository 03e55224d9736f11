use punchclock_adms::{Incoming, Record, Table, command, records};

use super::*;

const HEARTBEAT: u32 = 10;

fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_000 + seconds, 0).unwrap()
}

fn wish(action: &str, name: &str) -> Wish {
    let wish = serde_json::json!({
        "id": 3, "revision": 1, "serial": "A1", "action": action, "pin": "007", "name": name, "card": "4711"
    });
    serde_json::from_value(wish).unwrap()
}

/// What is sent with a heartbeat, without the question who is on the terminal: (id, command).
fn beat(orders: &mut Orders, wishes: &[Wish], now: i64) -> Vec<(String, String)> {
    let (commands, ended) = orders.heartbeat(wishes, at(now));
    assert_eq!(ended, []);
    commands
        .iter()
        .map(|command| {
            let line = String::from_utf8_lossy(command.as_bytes());
            let (id, text) = line.trim().strip_prefix("C:").unwrap().split_once(':').unwrap();
            (id.to_owned(), text.to_owned())
        })
        .filter(|(_, text)| text != "DATA QUERY USERINFO")
        .collect()
}

fn answer(orders: &mut Orders, id: &str, code: i64, now: i64) -> Option<Result<(), String>> {
    let body = format!("ID={id}&Return={code}&CMD=DATA\n");
    let whole = punchclock_adms::parse(&Incoming {
        method: "POST",
        target: "/iclock/devicecmd?SN=A1",
        headers: &[],
        body: body.as_bytes(),
    })
    .unwrap();
    let result = command::results(&whole.body, &whole.request.parameters)
        .next()
        .unwrap();
    orders.result(&result, at(now)).0.map(|written| written.result)
}

fn tell(orders: &mut Orders, line: &str) -> Option<UserReading> {
    let mut complete = None;
    for record in records(&Table::OperLog, line.as_bytes()) {
        if let Ok(Record::User(user)) = record {
            complete = orders.told(&user);
        }
    }
    complete
}

#[test]
fn a_user_that_is_there_keeps_rights_and_password() {
    let mut orders = Orders::new(HEARTBEAT, at(0));
    let wishes = [wish("write", "Anna")];
    let asked = beat(&mut orders, &wishes, 0);
    assert_eq!(asked[0].1, "DATA QUERY USERINFO PIN=007");
    tell(
        &mut orders,
        "USER PIN=7\tName=Old\tPri=14\tPasswd=1234\tCard=[01]\tGrp=2\tTZ=0001\tVerify=-1\n",
    );
    assert_eq!(answer(&mut orders, &asked[0].0, 1, 1), None);
    let written = beat(&mut orders, &wishes, 10);
    assert_eq!(
        written[0].1,
        "DATA UPDATE USERINFO PIN=7\tName=Anna\tPri=14\tPasswd=1234\tGrp=2\tTZ=0001\tVerify=-1\tCard=4711"
    );
    assert!(!format!("{orders:?}{:?}", orders.open).contains("1234"));
    assert_eq!(answer(&mut orders, &written[0].0, 0, 11), Some(Ok(())));
    assert_eq!(
        answer(&mut orders, &written[0].0, 0, 12),
        None,
        "terminals repeat results"
    );
    beat(&mut orders, &[], 20);
    let kept = format!("{:?}", orders.queue);
    assert!(!kept.contains("1234") && kept.contains("QueryUsers"), "{kept}");
}

#[test]
fn a_row_that_cannot_go_back_as_it_came_is_left_alone() {
    let mut orders = Orders::new(HEARTBEAT, at(0));
    let wishes = [wish("write", "Anna")];
    beat(&mut orders, &wishes, 0);
    tell(&mut orders, "USER PIN=7\tName=Old\tPri=14\tNew Column=x\n");
    let (_, ended) = orders.heartbeat(&wishes, at(10));
    assert!(ended[0].result.is_err());
}

#[test]
fn nobody_there_is_written_new_and_only_after_rows_had_time_to_come() {
    for (code, wait) in [(0, 60), (-10, 0), (-1, 0)] {
        let mut orders = Orders::new(HEARTBEAT, at(0));
        let wishes = [wish("write", "Anna")];
        let asked = beat(&mut orders, &wishes, 0);
        assert_eq!(answer(&mut orders, &asked[0].0, code, 1), None);
        if wait > 0 {
            assert_eq!(beat(&mut orders, &wishes, wait), [], "{code}");
        }
        let written = beat(&mut orders, &wishes, 1 + wait);
        assert!(
            written[0]
                .1
                .starts_with("DATA UPDATE USERINFO PIN=007\tName=Anna\tPri=0\t"),
            "{code}"
        );
    }
}

#[test]
fn a_row_that_is_announced_is_waited_for() {
    let mut orders = Orders::new(HEARTBEAT, at(0));
    let wishes = [wish("write", "Anna")];
    let mut asked = beat(&mut orders, &wishes, 0);
    for time in [10, 20] {
        assert_eq!(answer(&mut orders, &asked[0].0, 1, time), None);
        asked = beat(&mut orders, &wishes, time);
        assert_eq!(asked[0].1, "DATA QUERY USERINFO PIN=007");
    }
    answer(&mut orders, &asked[0].0, 1, 30);
    let (_, ended) = orders.heartbeat(&wishes, at(30));
    assert!(ended[0].result.is_err(), "and nothing is written over it");
}

#[test]
fn a_command_whose_answer_is_lost_is_given_again_and_not_for_ever() {
    let mut orders = Orders::new(HEARTBEAT, at(0));
    let wishes = [wish("remove", "")];
    let first = beat(&mut orders, &wishes, 0);
    assert_eq!(first[0].1, "DATA DELETE USERINFO PIN=007");
    assert_eq!(beat(&mut orders, &wishes, 59), []);
    let second = beat(&mut orders, &wishes, 60);
    assert_eq!(second[0].1, first[0].1);
    // Of the first one only the answer was lost.
    assert_eq!(answer(&mut orders, &second[0].0, -1, 61), Some(Ok(())));

    let mut orders = Orders::new(HEARTBEAT, at(0));
    for time in [0, 60, 120] {
        assert_eq!(beat(&mut orders, &wishes, time).len(), 1);
    }
    let (_, ended) = orders.heartbeat(&wishes, at(180));
    assert!(ended[0].result.is_err());
}

#[test]
fn a_late_answer_counts_and_a_terminal_that_was_away_is_told_when_it_comes() {
    let mut orders = Orders::new(HEARTBEAT, at(0));
    let wishes = [wish("remove", "")];
    let first = beat(&mut orders, &wishes, 0);
    beat(&mut orders, &wishes, 60);
    assert_eq!(answer(&mut orders, &first[0].0, 0, 61), Some(Ok(())));
    let day = 86_400;
    assert_eq!(beat(&mut orders, &[wish("remove", "")], 5 * day).len(), 1);
}

#[test]
fn what_a_terminal_refuses_is_told() {
    let mut orders = Orders::new(HEARTBEAT, at(0));
    let wishes = [wish("write", "Anna")];
    let asked = beat(&mut orders, &wishes, 0);
    // Who cannot be asked who is there must not be written over.
    let why = answer(&mut orders, &asked[0].0, -1002, 1).unwrap().unwrap_err();
    assert!(why.contains("-1002") && why.contains("not supported"), "{why}");
    let mut orders = Orders::new(HEARTBEAT, at(0));
    let (_, ended) = {
        orders.speaks(Dialect::Acc, None);
        orders.heartbeat(&wishes, at(0))
    };
    assert!(ended[0].result.is_err());
}

#[test]
fn what_is_not_wanted_any_more_is_not_sent() {
    let mut orders = Orders::new(HEARTBEAT, at(0));
    let asked = beat(&mut orders, &[wish("write", "Anna")], 0);
    let now = wish("remove", "");
    let sent = beat(&mut orders, std::slice::from_ref(&now), 10);
    assert_eq!(sent[0].1, "DATA DELETE USERINFO PIN=007");
    assert_eq!(answer(&mut orders, &asked[0].0, 1, 11), None);
    assert_eq!(answer(&mut orders, &sent[0].0, 0, 11), Some(Ok(())));
}

#[test]
fn nobody_is_counted_while_users_are_written() {
    let mut orders = Orders::new(HEARTBEAT, at(0));
    let wishes = [wish("remove", "")];
    assert_eq!(orders.heartbeat(&[], at(0)).0.len(), 1, "who is there?");
    tell(&mut orders, "USER PIN=7\nUSER PIN=8\n");
    let sent = beat(&mut orders, &wishes, 10);
    assert_eq!(answer(&mut orders, &sent[0].0, 0, 11), Some(Ok(())));
    let again = orders.heartbeat(&[], at(20)).0;
    assert_eq!(again.len(), 1, "it is asked anew");
    let id = String::from_utf8_lossy(again[0].as_bytes())
        .split(':')
        .nth(1)
        .unwrap()
        .to_owned();
    answer(&mut orders, &id, 1, 21);
    assert_eq!(tell(&mut orders, "USER PIN=8\n").unwrap().users.len(), 1);
}

#[test]
fn everybody_is_who_was_told_of_when_the_number_agrees() {
    let mut orders = Orders::new(HEARTBEAT, at(0));
    assert_eq!(
        tell(&mut orders, "USER PIN=1\n").map(|reading| reading.users.len()),
        None
    );
    let (commands, _) = orders.heartbeat(&[], at(0));
    let id = String::from_utf8_lossy(commands[0].as_bytes())
        .split(':')
        .nth(1)
        .unwrap()
        .to_owned();
    assert!(tell(&mut orders, "USER PIN=7\nUSER PIN=007\tName=Anna\n").is_none());
    assert_eq!(answer(&mut orders, &id, 2, 1), None);
    let everybody = tell(&mut orders, "USER PIN=8\n").unwrap();
    assert_eq!(
        (everybody.users.len(), everybody.complete, everybody.read_at),
        (2, true, at(0))
    );
    assert!(tell(&mut orders, "USER PIN=9\n").is_none());
    assert!(orders.heartbeat(&[], at(86_399)).0.is_empty());
    assert_eq!(orders.heartbeat(&[], at(86_400)).0.len(), 1);
}

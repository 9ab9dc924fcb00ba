//! What each address does, with the frames that show it, and who talks to whom.

use serde_json::Value;

use crate::check::report_of;
use crate::program::output;
use crate::scenario::Scenario;

/// The endpoint of a host, by the name that the scenario gives it.
fn endpoint(ladder: &str, host: &str) -> Value {
    let scenario = Scenario::parse(ladder);
    let ip = scenario.hosts.find(host).unwrap().at.ip().to_string();
    let report = report_of(&scenario);
    let mut rows = report["endpoints"].as_array().unwrap().iter();
    rows.find(|row| row["address"] == ip).cloned().unwrap_or_default()
}

/// The roles of a host in short: `proxy(stateful)`.
fn roles(ladder: &str, host: &str) -> Vec<String> {
    let row = endpoint(ladder, host);
    let name = |role: &Value| {
        let name = role["role"].as_str().unwrap();
        match role["stateful"].as_bool() {
            Some(true) => format!("{name}(stateful)"),
            Some(false) => format!("{name}(stateless)"),
            None => name.to_owned(),
        }
    };
    row["roles"].as_array().unwrap().iter().map(name).collect()
}

/// The frames that show a role of a host.
fn frames(ladder: &str, host: &str, role: &str) -> Vec<u64> {
    let row = endpoint(ladder, host);
    let found = row["roles"].as_array().unwrap().iter().find(|one| one["role"] == role).cloned();
    let evidence = found.unwrap_or_else(|| panic!("{host} is no {role}: {row}"));
    let evidence = evidence["evidence"].as_array().unwrap().clone();
    evidence.iter().map(|one| one["frame"].as_u64().unwrap()).collect()
}

const PROXIED: &str = "
    0    A>P INVITE
    0.01 P>A 100
    0.02 P>B INVITE via+1
    0.1  B>P 180
    0.11 P>A 180
    1    B>P 200
    1.01 P>A 200
    1.1  A>P ACK
    1.11 P>B ACK via+1
    9    A>P BYE
    9.01 P>B BYE via+1
    9.1  B>P 200
    9.11 P>A 200";

#[test]
fn user_agents_and_the_stateful_proxy_between_them() {
    assert_eq!(roles(PROXIED, "A"), ["user_agent"]);
    assert_eq!(roles(PROXIED, "P"), ["proxy(stateful)"]);
    assert_eq!(roles(PROXIED, "B"), ["user_agent"]);
    assert_eq!(
        frames(PROXIED, "P", "proxy"),
        [3, 9, 11, 2],
        "copies passed on, and the 100 of its own"
    );
    assert_eq!(frames(PROXIED, "B", "user_agent"), [4, 6, 12]);
}

#[test]
fn a_proxy_that_keeps_no_transactions() {
    // RFC 3261 section 16.11: it passes on retransmissions and 100s as they come.
    let ladder = "
        0     A>P INVITE
        0.001 P>B INVITE via+1
        0.5   A>P INVITE again
        0.501 P>B INVITE again
        0.6   B>P 100
        0.601 P>A 100
        1     B>P 486
        1.001 P>A 486";
    assert_eq!(roles(ladder, "P"), ["proxy(stateless)"]);
}

#[test]
fn a_proxy_of_which_nothing_shows_whether_it_keeps_them() {
    let ladder = "0 A>P MESSAGE\n0.01 P>B MESSAGE via+1\n0.1 B>P 200\n0.11 P>A 200";
    assert_eq!(roles(ladder, "P"), ["proxy"]);
}

#[test]
fn forks_are_stateful() {
    let ladder = "
        0    A>P INVITE
        0.01 P>B INVITE via+1
        0.02 P>C INVITE via+1
        0.1  B>P 200
        0.2  P>A 200";
    assert_eq!(roles(ladder, "P"), ["proxy(stateful)"]);
}

#[test]
fn who_forked_is_told_where_the_branches_come_from_others() {
    // P1 forks to P2 and P3, which was not captured.
    let ladder = "hosts: A 192.0.2.10:5060 alice, P1 192.0.2.5:5060, P2 198.51.100.5:5060, P3 198.51.100.6:5060, \
                         B 198.51.100.20:5060 bob, C 203.0.113.30:5060 carol
        0     A>P1  INVITE
        ~0.01 P1>P2 INVITE via+1
        ~0.01 P1>P3 INVITE via+1
        0.02  P2>B  INVITE via+1
        0.02  P3>C  INVITE via+1
        0.1   B>P2  200";
    let report = report_of(&Scenario::parse(ladder));
    assert_eq!(report["calls"][0]["forking"]["by"]["ip"], "192.0.2.5", "{}", report["calls"][0]);
    assert_eq!(roles(ladder, "P2"), ["proxy"]);
    assert_eq!(roles(ladder, "P3"), ["proxy"]);
}

#[test]
fn a_registrar_and_a_redirect_server() {
    let ladder = "
        0   A>P REGISTER
        0.1 P>A 401
        0.2 A>P REGISTER auth
        0.3 P>A 200 expires=60
        1   A>C INVITE call=2
        1.1 C>A 302 call=2 contact=<sip:bob@198.51.100.20>
        1.2 A>C ACK call=2";
    assert_eq!(roles(ladder, "P"), ["registrar"]);
    assert_eq!(frames(ladder, "P", "registrar"), [2, 4]);
    assert_eq!(roles(ladder, "C"), ["redirect_server"]);
    assert_eq!(endpoint(ladder, "A")["registrations"], 1);
}

#[test]
fn a_proxy_before_the_registrar_is_none() {
    let ladder = "hosts: A 192.0.2.10:5060 alice, P 192.0.2.5:5060, R 198.51.100.5:5060
        0    A>P REGISTER
        0.01 P>R REGISTER via+1
        0.05 R>P 200 expires=60
        0.06 P>A 200 expires=60";
    assert_eq!(roles(ladder, "P"), ["proxy"]);
    assert_eq!(roles(ladder, "R"), ["registrar"]);
}

/// A call that X, between A and B, ends and begins anew.
const BACK_TO_BACK: &str =
    "hosts: A 192.0.2.10:5060 alice, B 198.51.100.20:5060 bob, X 192.0.2.50:5060
    0    A>X INVITE to=B sdp(A:4000 PCMU) h('Session-ID: a1;remote=0')
    0.01 X>A 100
    0.02 X>B INVITE call=2 from=A to=B sdp(X:6000 PCMU) h('Session-ID: a1;remote=0')
    0.1  B>X 180 call=2
    0.11 X>A 180
    1    B>X 200 call=2 sdp(B:5000 PCMU)
    1.01 X>B ACK call=2
    1.02 X>A 200 sdp(X:6002 PCMU)
    1.1  A>X ACK";

#[test]
fn a_back_to_back_user_agent() {
    let roles = roles(BACK_TO_BACK, "X");
    assert!(roles.contains(&"b2bua".to_owned()), "{roles:?}");
    assert!(!roles.contains(&"session_border_controller".to_owned()), "{roles:?}");
    assert_eq!(frames(BACK_TO_BACK, "X", "b2bua"), [1, 3]);
}

#[test]
fn one_that_also_relays_the_media_is_a_border_controller() {
    let ladder = format!(
        "{BACK_TO_BACK}
        2     A>X rtp 50 from=A:4000 to=X:6002 ssrc=7 seq=100
        2.001 X>B rtp 50 from=X:6000 to=B:5000 ssrc=7 seq=100"
    );
    let roles = roles(&ladder, "X");
    for role in ["b2bua", "session_border_controller", "media_relay"] {
        assert!(roles.contains(&role.to_owned()), "{role}: {roles:?}");
    }
    assert!(!self::roles(&ladder, "A").contains(&"media_relay".to_owned()));
}

#[test]
fn a_media_relay_beside_the_proxy() {
    let ladder = "hosts: A 192.0.2.10:5060 alice, B 198.51.100.20:5060 bob, M 192.0.2.60:9
        0     A>B INVITE sdp(M:6000 PCMU)
        0.1   B>A 200 sdp(M:6002 PCMU)
        0.2   A>B ACK
        2     A>M rtp 50 from=A:4000 to=M:6002 ssrc=7 seq=100
        2.001 M>B rtp 50 from=M:6000 to=B:5000 ssrc=7 seq=100";
    assert_eq!(roles(ladder, "M"), ["media_relay"]);
}

#[test]
fn an_echo_is_no_relay() {
    let ladder = "
        0     A>B INVITE sdp(A:4000 PCMU)
        0.1   B>A 200 sdp(B:5000 PCMU)
        0.2   A>B ACK
        2     A>B rtp 50 from=A:4000 to=B:5000 ssrc=7 seq=100
        2.001 B>A rtp 50 from=B:5000 to=A:4000 ssrc=7 seq=100";
    assert_eq!(roles(ladder, "B"), ["user_agent"]);
}

#[test]
fn keep_alives_tell_who_is_reachable() {
    let ladder = "
        0    A>B OPTIONS call=1
        0.05 B>A 200 call=1
        30   A>B OPTIONS call=2
        30.15 B>A 404 call=2
        31   A>C OPTIONS call=3
        31.5 A>C OPTIONS call=3 again
        60   A>B OPTIONS call=4
        60.1 B>A 200 call=4
        90   A>C OPTIONS call=5
        130  A>B keepalive";
    let row = endpoint(ladder, "A");
    let [bob, carol] = row["reachability"].as_array().unwrap().as_slice() else { panic!("{row}") };
    assert_eq!((bob["state"].as_str(), bob["requests"].as_u64()), (Some("reachable"), Some(3)));
    let trips = &bob["round_trip_ms"];
    let trips = ["min", "mean", "max", "last"].map(|key| trips[key].as_f64().unwrap());
    assert_eq!(trips.map(|trip| trip.to_string()), ["50", "100", "150", "100"]);
    assert_eq!(bob["last_status"], 200);
    assert_eq!(
        (carol["state"].as_str(), carol["unanswered"].as_u64()),
        (Some("unreachable"), Some(2))
    );
    assert_eq!(carol["unanswered_in_a_row"], 2);
    assert_eq!(carol["round_trip_ms"]["mean"], Value::Null);
}

#[test]
fn a_peer_that_comes_back() {
    let ladder = "
        0    A>B OPTIONS call=1
        60   A>B OPTIONS call=2
        60.1 B>A 200 call=2";
    let row = endpoint(ladder, "A");
    let bob = &row["reachability"][0];
    assert_eq!((bob["state"].as_str(), bob["changes"].as_u64()), (Some("reachable"), Some(1)));
    assert_eq!(
        (bob["unanswered"].as_u64(), bob["unanswered_in_a_row"].as_u64()),
        (Some(1), Some(0))
    );
}

#[test]
fn several_elements_on_one_host_are_told_apart_by_their_ports() {
    let ladder = "hosts: A 127.0.0.1:5060 alice, B 127.0.0.1:5070 bob
        0   A>B INVITE h('User-Agent: One')
        0.1 B>A 200 h('Server: Two')
        0.2 A>B ACK h('User-Agent: One')";
    let report = report_of(&Scenario::parse(ladder));
    let rows = report["endpoints"].as_array().unwrap();
    let told: Vec<_> = rows
        .iter()
        .map(|row| (row["port"].as_u64().unwrap(), row["user_agents"][0].clone()))
        .collect();
    assert_eq!(told, [(5060, "One".into()), (5070, "Two".into())]);
}

#[test]
fn what_is_counted_of_an_address() {
    let row = endpoint(PROXIED, "A");
    assert_eq!((&row["messages"]["sent"], &row["messages"]["received"]), (&3.into(), &4.into()));
    assert_eq!((&row["calls"]["placed"], &row["calls"]["received"]), (&1.into(), &0.into()));
    assert_eq!(endpoint(PROXIED, "P")["calls"]["placed"], 0);
}

#[test]
fn addresses_and_links_beyond_the_caps_are_counted_once_each() {
    let capture = "samples/fork.pcap";
    let report = |caps: &[&str]| -> Value {
        let arguments = [&["analyze", "--json", capture], caps].concat();
        serde_json::from_str(&output(&arguments)).unwrap()
    };
    let problems = |report: &Value| -> Vec<(String, u64)> {
        let rows = report["capture"]["problems"].as_array().unwrap().iter();
        let full = rows.filter(|row| row["code"].as_str().unwrap().ends_with("s-full"));
        full.map(|row| (row["code"].as_str().unwrap().to_owned(), row["count"].as_u64().unwrap()))
            .collect()
    };
    let (all, capped) = (report(&[]), report(&["--cap", "endpoints=3", "--cap", "links=2"]));
    assert_eq!(problems(&all), []);
    assert_eq!(all["endpoints"].as_array().unwrap().len(), 4);
    assert_eq!(capped["endpoints"].as_array().unwrap().len(), 3);
    let [(endpoints, one), (links, some)] = &problems(&capped)[..] else { panic!("{capped}") };
    assert_eq!((&**endpoints, *one), ("track.endpoints-full", 1));
    assert_eq!(&**links, "track.links-full");
    let topology: Value = serde_json::from_str(&output(&[
        "topology",
        capture,
        "--format",
        "json",
        "--cap",
        "endpoints=3",
        "--cap",
        "links=2",
    ]))
    .unwrap();
    assert_eq!(
        (&topology["endpoints_dropped"], &topology["links_dropped"]),
        (&1.into(), &(*some).into())
    );
    assert_eq!(topology["links"].as_array().unwrap().len(), 2);
}

#[test]
fn an_element_that_keeps_the_call_id_and_hides_the_way_is_a_b2bua() {
    let ladder = "hosts: A 192.0.2.10:5060 alice, S 192.0.2.7:5060 sbc, B 198.51.100.20:5060 bob
        0    A>S INVITE to=B
        0.02 S>B INVITE from-tag=a1 to-tag=- cseq=1
        0.5  B>S 180
        0.52 S>A 180 tag=b1
        2    B>S 200
        2.02 S>A 200";
    assert_eq!(roles(ladder, "S"), ["b2bua"]);
    assert_eq!(frames(ladder, "S", "b2bua"), [2]);
    assert_eq!(roles(ladder, "B"), ["user_agent"]);
}

fn printed(sample: &str, format: &str) -> String {
    output(&["topology", &format!("samples/{sample}"), "--format", format])
}

#[test]
fn topology_of_a_sample_in_every_format() {
    let table = printed("proxy-record-route.pcap", "table");
    assert!(table.contains("stateful proxy") && table.contains("Who talks to whom"), "{table}");
    let dot = printed("proxy-record-route.pcap", "dot");
    assert!(dot.starts_with("digraph siplens {") && dot.trim_end().ends_with('}'), "{dot}");
    assert!(dot.contains("endpoint1 -> endpoint2 [label=\"INVITE"), "{dot}");
    let mermaid = printed("proxy-record-route.pcap", "mermaid");
    assert!(mermaid.starts_with("flowchart LR") && mermaid.contains("endpoint1 -->|"), "{mermaid}");
    let json: Value = serde_json::from_str(&printed("rtpengine-relay.pcap", "json")).unwrap();
    let relay =
        json["endpoints"].as_array().unwrap().iter().find(|row| row["address"] == "198.51.100.6");
    let relay = relay.unwrap();
    assert!(
        relay["roles"].as_array().unwrap().iter().any(|role| role["role"] == "media_relay"),
        "{relay}"
    );
    let links = json["links"].as_array().unwrap();
    assert!(links.iter().any(|link| link["streams"].as_u64() > Some(0)), "{links:?}");
}

//! Subscriptions (RFC 6665), publications (RFC 3903), and what bodies say.

use crate::check::check;

#[test]
fn a_mailbox() {
    check(
        r"0    A>P SUBSCRIBE expires=3600 h('Event: message-summary')
          0.1  P>A 200 expires=600
          0.2  P>A NOTIFY h('Event: message-summary') h('Subscription-State: active;expires=599') body('application/simple-message-summary', 'Messages-Waiting: yes\r\nVoice-Message: 2/8 (0/2)\r\n')
          0.3  A>P 200
          9    P>A NOTIFY h('Event: message-summary') h('Subscription-State: active;expires=590') body('application/simple-message-summary', 'Messages-Waiting: no\r\n')
          9.1  A>P 200",
        "dialog-1 method=SUBSCRIBE final=200 events.subscriptions[].event=message-summary \
              events.subscriptions[].state=active events.subscriptions[].expires_s=590 events.subscriptions[].delay_ms=100 \
              events.subscriptions[].first_notify_ms=200 events.subscriptions[].notifies=2 \
              events.subscriptions[].subscriber=caller events.bodies[].frame=3,5 events.bodies[].from=callee,callee \
              events.bodies[].text='messages waiting: voice 2 new, 8 old (urgent 0 new, 2 old),no messages waiting' \
              round_trip_ms=100",
    );
}

#[test]
fn presence_until_it_is_ended() {
    check(
        "0    A>B SUBSCRIBE expires=600 h('Event: presence')
         0.1  B>A 202 expires=600
         0.2  B>A NOTIFY h('Event: presence') h('Subscription-State: pending')
         0.3  A>B 200
         5    B>A NOTIFY h('Event: presence') h('Subscription-State: active') body('application/pidf+xml', \
              '<presence entity=\"sip:bob@example.com\"><tuple id=\"1\"><status><basic>open</basic></status></tuple></presence>')
         5.1  A>B 200
         300  A>B SUBSCRIBE expires=600 h('Event: presence')
         300.1 B>A 200 expires=600
         400  A>B SUBSCRIBE expires=0 h('Event: presence')
         400.1 B>A 200 expires=0
         400.2 B>A NOTIFY h('Event: presence') h('Subscription-State: terminated;reason=timeout')
         400.3 A>B 200",
        "dialog-1 method=SUBSCRIBE final=200 events.subscriptions[].state=terminated \
              events.subscriptions[].reason=timeout events.subscriptions[].refreshes=1 events.subscriptions[].notifies=3 \
              events.bodies[].text='sip:bob@example.com: open' events.bodies[].content_type=application/pidf+xml",
    );
}

#[test]
fn dialogs_and_registrations_of_others() {
    check(
        "0    A>B SUBSCRIBE expires=60 h('Event: dialog;id=7')
         0.1  B>A 200 expires=60
         0.2  B>A NOTIFY h('Event: dialog;id=7') h('Subscription-State: active') body('application/dialog-info+xml', \
              '<dialog-info entity=\"sip:bob@example.com\" state=\"full\"><dialog direction=\"recipient\"><state>early</state></dialog></dialog-info>')
         0.3  A>B 200
         1    A>B SUBSCRIBE expires=60 h('Event: reg')
         1.1  B>A 200 expires=60
         1.2  B>A NOTIFY h('Event: reg') h('Subscription-State: active') body('application/reginfo+xml', \
              '<reginfo><registration aor=\"sip:bob@example.com\" state=\"active\"><contact state=\"active\" event=\"registered\"><uri>sip:b@h</uri></contact></registration></reginfo>')
         1.3  A>B 200",
        "dialog-1 method=SUBSCRIBE final=200 events.subscriptions[].event=dialog,reg events.subscriptions[].event_id=7,- \
              events.bodies[].text='sip:bob@example.com (full): early recipient,sip:bob@example.com active, sip:b@h active (registered)'",
    );
}

#[test]
fn subscriptions_that_come_to_nothing() {
    let subscribe = "0 A>B SUBSCRIBE expires=60 h('Event: presence')";
    let states = [
        ("", "requested", "-"),
        ("\n0.1 B>A 401", "challenged", "401"),
        ("\n0.1 B>A 489", "failed", "489"),
        ("\n40 A>C keepalive", "timed_out", "-"),
        ("\n0.1 B>A 200 expires=60", "accepted", "200"),
        ("\n0.1 B>A 200 expires=60\n90 A>C keepalive", "expired", "200"),
        (
            "\n0.1 B>A 200 expires=60\n30 A>B SUBSCRIBE expires=60 h('Event: presence')\n30.1 B>A 481",
            "terminated",
            "481",
        ),
    ];
    for (more, state, last) in states {
        check(
            &format!("{subscribe}{more}"),
            &format!(
                "dialog-1 method=SUBSCRIBE events.subscriptions[].state={state} events.subscriptions[].last_status={last}"
            ),
        );
    }
}

#[test]
fn notified_without_asking() {
    check(
        r"0   B>A NOTIFY h('Event: message-summary') body('application/simple-message-summary', 'Messages-Waiting: yes\r\nVoice-Message: 1/0\r\n')
          0.1 A>B 200",
        "dialog-1 method=NOTIFY final=200 events.subscriptions[].method=NOTIFY events.subscriptions[].subscriber=callee \
              events.subscriptions[].state=active events.bodies[].text='messages waiting: voice 1 new, 0 old'",
    );
}

#[test]
fn a_refer_and_how_it_goes() {
    check(
        "0   A>B REFER h('Refer-To: <sip:carol@example.com>')
         0.1 B>A 202
         0.2 B>A NOTIFY h('Event: refer') h('Subscription-State: active;expires=60') body('message/sipfrag', 'SIP/2.0 100 Trying')
         0.3 A>B 200
         2   B>A NOTIFY h('Event: refer') h('Subscription-State: terminated;reason=noresource') body('message/sipfrag;version=2.0', 'SIP/2.0 486 Busy Here')
         2.1 A>B 200",
        "dialog-1 method=REFER final=200 events.subscriptions[].event=refer events.subscriptions[].method=REFER \
              events.subscriptions[].state=terminated events.subscriptions[].reason=noresource \
              events.bodies[].text='SIP/2.0 100 Trying,SIP/2.0 486 Busy Here'",
    );
}

#[test]
fn a_publication_and_its_refresh() {
    check(
        "0   B>P PUBLISH expires=600 h('Event: presence') body('application/pidf+xml', '<presence entity=\"sip:b\"/>')
         0.1 P>B 200 expires=300 h('SIP-ETag: t1')
         200 B>P PUBLISH expires=600 h('Event: presence') h('SIP-If-Match: t1')
         200.1 P>B 200 expires=300 h('SIP-ETag: t2')",
        "dialog-1 method=PUBLISH final=200 events.subscriptions[].method=PUBLISH events.subscriptions[].state=active \
              events.subscriptions[].etag=t2 events.subscriptions[].expires_s=300 events.subscriptions[].refreshes=1 \
              events.bodies[].text='sip:b: no tuples'",
    );
}

#[test]
fn a_quality_report() {
    check(
        r"0   B>P PUBLISH expires=60 h('Event: vq-rtcpxr') body('application/vq-rtcpxr', 'VQSessionReport: CallTerm\r\nCallID: 1@a\r\nLocalMetrics:\r\nPacketLoss:NLR=5.0 JDR=2.0\r\n')
          0.1 P>B 200",
        "dialog-1 method=PUBLISH events.subscriptions[].event=vq-rtcpxr \
              events.bodies[].text='session report at the end of call 1@a, local NLR 5.0 JDR 2.0'",
    );
}

#[test]
fn a_message_through_a_proxy_is_told_once() {
    check(
        "0    A>P MESSAGE body('text/plain', 'Hello')
         0.01 P>B MESSAGE via+1 body('text/plain', 'Hello')
         0.02 B>P 200
         0.03 P>A 200",
        "dialog-1 method=MESSAGE final=200 events.bodies[].text=Hello events.bodies[].from=caller events.subscriptions=- \
              round_trip_ms=30",
    );
}

#[test]
fn bodies_beyond_the_cap_are_counted() {
    let many: Vec<String> = (0..120)
        .map(|n| format!("{n} A>B MESSAGE body('text/plain', '{n}')\n{n}.1 B>A 200\n"))
        .collect();
    check(&many.concat(), "dialog-1 method=MESSAGE events.bodies_dropped=20");
}

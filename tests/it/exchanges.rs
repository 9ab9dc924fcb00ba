//! SIP that is neither a call nor a registration is listed on its own.

use crate::check::check;

#[test]
fn options() {
    check(
        "0   A>B OPTIONS
         0.1 B>A 200",
        "dialog-1 method=OPTIONS from=alice to=bob final=200 messages=2 call_id=call-1@example.com duration_s=0.1 \
                  from.address=A to.address=B
         summary calls=0 registrations.attempts=0",
    );
}

#[test]
fn options_without_an_answer() {
    check(
        "0   A>B OPTIONS
         0.5 A>B OPTIONS again",
        "dialog-1 method=OPTIONS final=- again=2>1",
    );
}

#[test]
fn a_message_through_a_proxy() {
    check(
        "0    A>P MESSAGE body('text/plain', 'Hello')
         0.01 P>B MESSAGE via+1 body('text/plain', 'Hello')
         0.02 B>P 200
         0.03 P>A 200",
        "dialog-1 method=MESSAGE from=alice to=bob final=200 messages=4 again=- from.address=A to.address=B",
    );
}

#[test]
fn a_subscription_and_what_it_notifies() {
    check(
        "0    A>B SUBSCRIBE expires=600 h('Event: presence')
         0.1  B>A 200 expires=600
         0.2  B>A NOTIFY h('Event: presence')
         0.3  A>B 200
         9    B>A NOTIFY h('Event: presence')
         9.1  A>B 200
         60   A>B SUBSCRIBE expires=0 h('Event: presence')
         60.1 B>A 200 expires=0
         60.2 B>A NOTIFY h('Event: presence')
         60.3 A>B 481",
        "dialog-1 method=SUBSCRIBE from=alice to=bob final=481 messages=10 again=- duration_s=60.3",
    );
}

#[test]
fn transactions_of_what_is_no_call() {
    check(
        "0    A>B MESSAGE body('text/plain', 'Hello')
         0.5  A>B MESSAGE again
         1.5  A>B MESSAGE again
         40   A>B keepalive",
        "dialog-1 method=MESSAGE transactions[].state=terminated transactions[].timeout=timer_f \
                  transactions[].outcome=timed_out transactions[].retransmissions[].interval_ms=500,1000 again=2>1,3>1",
    );
    check(
        "0    A>B SUBSCRIBE expires=600 h('Event: presence')
         0.1  B>A 200 expires=600
         0.2  B>A NOTIFY h('Event: presence')
         0.3  A>B 481",
        "dialog-1 method=SUBSCRIBE final=481 transactions[].method=SUBSCRIBE,NOTIFY transactions[].client=A,B \
                  transactions[].outcome=succeeded,refused transactions[].response_ms=100,100",
    );
}

#[test]
fn a_notify_nobody_asked_for() {
    check(
        "0   B>A NOTIFY h('Event: message-summary')
         0.1 A>B 200",
        "dialog-1 method=NOTIFY from=bob to=alice final=200",
    );
}

#[test]
fn a_publication() {
    check(
        "0   B>P PUBLISH expires=600 body('application/pidf+xml', '<presence/>')
         0.1 P>B 412",
        "dialog-1 method=PUBLISH from=bob to=bob final=412",
    );
}

#[test]
fn a_refer_outside_a_call() {
    check(
        "0   A>B REFER h('Refer-To: <sip:carol@example.com>')
         0.1 B>A 202
         0.2 B>A NOTIFY h('Event: refer')
         0.3 A>B 200",
        "dialog-1 method=REFER final=200 messages=4",
    );
}

#[test]
fn only_the_answer_was_captured() {
    check(
        "~0  A>B OPTIONS
         0.1 B>A 200",
        "dialog-1 method=OPTIONS from=alice to=bob final=200 from.address=A to.address=B",
    );
}

#[test]
fn exchanges_do_not_mix_with_calls() {
    check(
        "0   A>B OPTIONS call=o
         0.1 B>A 200 call=o
         1   A>B INVITE
         2   B>A 200
         2.1 A>B ACK
         3   A>B OPTIONS call=p
         3.1 B>A 486 call=p",
        "call-1 state=answered
         dialog-1 method=OPTIONS final=200
         dialog-2 method=OPTIONS final=486
         summary calls=1 answered=1 failed=0",
    );
}

#[test]
fn an_unknown_number_of_methods_is_counted_once_each() {
    check(
        "0 A>B OPTIONS call=1
         1 A>C MESSAGE call=2
         2 B>P SUBSCRIBE call=3
         3 B>P PUBLISH call=4",
        "dialog-1 method=OPTIONS
         dialog-2 method=MESSAGE
         dialog-3 method=SUBSCRIBE
         dialog-4 method=PUBLISH
         counts sip_messages=4",
    );
}

#[test]
fn whom_a_proxied_subscription_reaches() {
    check(
        "0    A>P SUBSCRIBE expires=600 h('Event: presence')
         0.01 P>B SUBSCRIBE via+1 expires=600 h('Event: presence')
         0.02 B>P 200 expires=600
         0.03 P>A 200 expires=600
         0.2  B>P NOTIFY h('Event: presence')
         0.21 P>A NOTIFY via+1 h('Event: presence')
         0.3  A>P 200
         0.31 P>B 200",
        "dialog-1 method=SUBSCRIBE final=200 from.address=A to.address=B again=-",
    );
}
